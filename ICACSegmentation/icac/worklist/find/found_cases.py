"""The files of a case of a worklist, as they are found in a folder or a table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class WorklistCase:
    """The files of a case. They are read and never changed.

    Attributes
    ----------
    name : str
        Unique in the list.
    image : Path
        The CT, as :func:`icac.ct.read_ct` takes it: a DICOM folder, one file of a DICOM series, or a NIfTI, NRRD or
        MetaImage file.
    roi : Path or None
        Region drawn by hand.
    result : Path or None
        Folder of results of ``icac segment``.
    patient : str
        Who it is; empty if not known. Cases of one patient stay together when they leave as training cases.
    split : str
        ``train``, ``validation`` or ``test`` if it is decided already, else empty.

    """

    name: str
    image: Path
    roi: Path | None = None
    result: Path | None = None
    patient: str = ""
    split: str = ""


@dataclass(frozen=True)
class FoundCases:
    """The cases of a folder or table, and sentences about files that could not be matched."""

    cases: tuple[WorklistCase, ...]
    notes: tuple[str, ...] = ()
