"""Scans of a cohort under random-looking labels instead of the names of their folders."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import replace

from icac.cohort.scans.scan_input import ScanInput

#: Letters and digits of a label: of a million subjects the chance that two share one is below a millionth.
_LENGTH = 16


def with_secret_labels(scans: Iterable[ScanInput], key: bytes) -> list[ScanInput]:
    """Return the scans with labels that tell nothing to who does not have the key; the same each time.

    Parameters
    ----------
    scans : iterable of ScanInput
    key : bytes
        Secret of the cohort, without which names could be guessed and compared.

    """
    return [_labelled(scan, key) for scan in scans]


def _labelled(scan: ScanInput, key: bytes) -> ScanInput:
    found = replace(scan, subject=_label(scan.subject, key), session=scan.session and _label(scan.session, key))
    return replace(found, shown_path=found.name)


def _label(text: str, key: bytes) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:_LENGTH]
