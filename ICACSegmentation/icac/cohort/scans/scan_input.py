"""One scan of a cohort: where its images are and what it is called in the results."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from icac.result_files import bids_folder

#: Longest label of a subject or a session: names of files end at 255 characters, and these have two and more.
LONGEST_LABEL = 64


@dataclass(frozen=True)
class ScanInput:
    """A scan to be segmented.

    Attributes
    ----------
    path : str
        DICOM folder or file, NIfTI, NRRD or MetaImage; absolute.
    subject : str
        Label of the subject, letters and digits only (BIDS).
    session : str
        Label of the session, letters and digits only; empty if there is none.
    series : str
        Which series of a DICOM folder; empty for the rule of the run.
    shown_path : str
        What stands for the path in results, where it is to be hidden; empty if not.

    """

    path: str
    subject: str
    session: str = ""
    series: str = ""
    shown_path: str = ""

    @property
    def name(self) -> str:
        """``sub-<subject>`` or ``sub-<subject>_ses-<session>``: unique within a cohort, begins its files' names."""
        return f"sub-{self.subject}_ses-{self.session}" if self.session else f"sub-{self.subject}"

    @property
    def folder(self) -> str:
        """Folder of its results relative to that of the cohort."""
        return bids_folder(self.name)

    def to_dict(self) -> dict[str, str]:
        """Return the fields as a JSON-ready dict."""
        return asdict(self)

    @classmethod
    def from_dict(cls, record: object) -> ScanInput:
        """Return the scan of what :meth:`to_dict` gave; raises ValueError if it is none."""
        known = set(cls.__dataclass_fields__)
        if not isinstance(record, dict) or not {"path", "subject"} <= set(record) <= known or not all(
                isinstance(value, str) for value in record.values()):
            raise ValueError(f"no scan of a cohort: {record!r:.200}")
        scan = cls(**record)
        if label(scan.subject) != scan.subject or (scan.session and label(scan.session) != scan.session):
            raise ValueError(f"no name of a scan: {scan.name:.200}")
        return scan

    def shown(self) -> dict[str, str]:
        """Return what results say of the scan: subject, session, series, and its path if that is not hidden."""
        return {"path": self.shown_path or self.path, "subject": self.subject, "session": self.session,
                "series": self.series}


def label(text: str) -> str:
    """Return a text as a BIDS label: letters and digits only; ``x`` if it has none.

    A number that a program turned into one with decimals stays what it was: ``1.0`` is 1, and not 10.
    Of a very long one, whose files could not be named after it, the beginning and a part of its checksum.
    """
    letters = re.sub(r"[^0-9A-Za-z]", "", re.sub(r"^\s*(\d+)(?:\.0*|,0)\s*$", r"\1", text)) or "x"
    if len(letters) <= LONGEST_LABEL:
        return letters
    return f"{letters[:LONGEST_LABEL - 9]}x{hashlib.sha256(letters.encode()).hexdigest()[:8]}"


def named_apart(scans: Iterable[ScanInput]) -> list[ScanInput]:
    """Give scans whose names are the same but for case a part of the checksum of their path and series.

    The names then do not depend on the order of the scans. Two rows for the same series of the same path are one.
    Where a session is, or is part of, the folder of another scan (``sub-1`` beside ``sub-1_ses-2``), the scan without
    session is renamed, so that no result lies within another.
    """
    scans = list(dict.fromkeys(scans))
    count = Counter(scan.name.casefold() for scan in scans)
    parents = {f"sub-{scan.subject}".casefold() for scan in scans if scan.session}
    return [_with_checksum(scan) if count[scan.name.casefold()] > 1 or (not scan.session and scan.name.casefold()
            in parents) else scan for scan in scans]


def _with_checksum(scan: ScanInput) -> ScanInput:
    part = hashlib.sha256(
        f"{Path(scan.path).name}\n{scan.path}\n{scan.series}".encode(errors="surrogateescape")).hexdigest()[:8]
    if scan.session:
        return replace(scan, session=f"{scan.session}x{part}")
    return replace(scan, subject=f"{scan.subject}x{part}")
