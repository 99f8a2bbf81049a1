"""The CT series in a folder of DICOM files, found from as few files as possible."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from icac.errors import InputError

if TYPE_CHECKING:
    from icac.ct.dicom.headers import DicomFile

#: Endings of files that lie beside DICOM files and are none.
_OTHER_ENDINGS = {".json", ".txt", ".csv", ".tsv", ".xml", ".html", ".pdf", ".png", ".jpg", ".jpeg", ".zip", ".gz",
                  ".xlsx", ".xls", ".docx", ".md", ".log", ".py", ".npz", ".npy", ".mrb", ".mrml", ".h5", ".vtk"}

#: So many files of a folder are opened to see whether it holds one series only.
_SAMPLES = 3


def dicom_scans(folder: Path, files: Sequence[Path], alone: bool) -> list[Path]:
    """Return one path for each CT series in a folder, as :func:`icac.ct.read_ct` takes it.

    Only a few headers are read where they all belong to one series, since a cohort has millions of files.

    Parameters
    ----------
    folder : Path
    files : sequence of Path
        Those in the folder that have no ending of an image format.
    alone : bool
        The folder has no subfolders.

    Returns
    -------
    list of Path
        The folder itself if it holds nothing else; one file of each series otherwise. Series that are no axial CT
        are left out.

    """
    candidates = [path for path in files if path.suffix.lower() not in _OTHER_ENDINGS]
    if not candidates:
        return []
    from icac.ct.dicom.headers import read_header

    picked = sorted({round(n * (len(candidates) - 1) / (_SAMPLES - 1)) for n in range(_SAMPLES)})
    headers = [header for index in picked if (header := read_header(candidates[index])) is not None]
    if not headers:
        return []
    if len(headers) == len(picked) and len({header.series_uid for header in headers}) == 1:
        if not _may_be_head_ct(headers, len(candidates)):
            return []
        return [folder if alone else headers[0].path]
    return _series(folder, alone)


def _may_be_head_ct(headers: list[DicomFile], count: int) -> bool:
    """Judge the one series of a folder by some of its headers."""
    from icac.ct.dicom.headers import CT_CLASSES, slices_of
    from icac.ct.dicom.series import AXIAL_COSINE, MIN_SLICES, image_kind

    if headers[0].text("SOPClassUID") not in CT_CLASSES:
        return False
    try:
        slices = [one for header in headers for one in slices_of(header)]
    except (ValueError, TypeError):
        return True  # reading it says what is wrong
    good = [one for one in slices if not image_kind(one) and abs(one.normal[2]) >= AXIAL_COSINE]
    return bool(good) and max(count, len(slices)) >= MIN_SLICES


def _series(folder: Path, alone: bool) -> list[Path]:
    """Read all headers and return one file of each axial CT series that lies in the folder itself."""
    from icac.ct.dicom import find_series, list_series

    try:
        fitting = [series for series in list_series(folder) if not series.obstacle]
        if len(fitting) == 1 and alone:
            return [folder]
        firsts = sorted(min(one.file.path for one in find_series(folder, series.uid)) for series in fitting)
    except InputError:
        return []
    return [path for path in firsts if path.parent == folder]
