"""Writing a manifest that is made of another one: its files are named by their whole paths, so it may lie anywhere."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from icac.files import write_csv
from icac.trainingset.manifest import Manifest, ManifestCase

_COLUMNS = ("case", "split", "image", "label", "patient", "protocol", "assume", "drawn")


def row_of(case: ManifestCase) -> dict[str, str]:
    """Return the row of a case."""
    return {"case": case.name, "split": case.split, "image": str(case.image.resolve()),
            "label": str(case.roi.resolve()) if case.roi else "", "patient": case.patient, "protocol": case.protocol,
            "assume": case.assume, "drawn": case.drawn}


def write_manifest(rows: Iterable[Mapping[str, str]], path: Path) -> None:
    """Write a manifest, whole or not at all; raises OutputError."""
    write_csv(path, _COLUMNS, rows)


def derived(manifest: Manifest, cases: Iterable[ManifestCase], words: str) -> Manifest:
    """Return a manifest of other cases, with an identity of its own: that of the first, and words for the change."""
    identity = hashlib.sha256(f"{manifest.sha256} {words}".encode()).hexdigest()
    return Manifest(manifest.path, tuple(cases), identity)
