"""What is computed for each scan of a cohort; the engine knows no more of it than this."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from icac.cohort.scans.scan_input import ScanInput


@dataclass(frozen=True)
class Outcome:
    """What is known of a scan once it was computed.

    Attributes
    ----------
    row : dict of str to str, int, float, bool or None
        Its row in the table of scans.
    lesions : list of dict
        Rows of the table of lesions.
    files : dict of str to str
        Role to name of the files that were written; ``overview`` and ``thumbnail`` are shown in the page for review.
    seconds : dict of str to float
        Duration of each stage.

    """

    row: Mapping[str, Any]
    lesions: list[Mapping[str, Any]] = field(default_factory=list)
    files: Mapping[str, str] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)


class Computation(Protocol):
    """Computes scans in worker processes. It is sent to them, so it must be picklable and small."""

    def identity(self) -> Mapping[str, Any]:
        """Return, JSON-ready, all that decides the results but the scan: model checksum, settings, versions."""

    def load(self) -> Any:
        """Return what all scans share, e.g. the model; called once a worker process."""

    def read(self, scan: ScanInput) -> Any:
        """Read a scan; may overlap with the computing of another."""

    def compute(self, shared: Any, data: Any, folder: Path, stem: str) -> Outcome:
        """Compute what :meth:`read` returned, and write files into an empty folder, names beginning with ``stem``.

        Errors of :mod:`icac.errors` are for the user; their sentence is recorded as the reason of the failure.
        """


def identity_sha256(computation: Computation) -> str:
    """Return the checksum of the identity of a computation."""
    return _sha256(dict(computation.identity()))


def result_key(identity: str, content: str, series: str) -> str:
    """Return the key of a result: equal if and only if model, settings, content and series of a scan are equal."""
    return _sha256([identity, content, series])


def _sha256(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=True).encode()).hexdigest()
