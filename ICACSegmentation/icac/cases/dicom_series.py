"""The CT series and the segmentations in a folder of DICOM files, found from as few files as possible."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from icac.errors import InputError
from icac.result_files import MANUFACTURER

if TYPE_CHECKING:
    from icac.ct.dicom.headers import DicomFile
    from icac.ct.series.info import SeriesInfo

#: Endings of files that lie beside DICOM files and are none.
_OTHER_ENDINGS = {".json", ".txt", ".csv", ".tsv", ".xml", ".html", ".pdf", ".png", ".jpg", ".jpeg", ".zip", ".gz",
                  ".xlsx", ".xls", ".docx", ".md", ".log", ".py", ".npz", ".npy", ".mrb", ".mrml", ".h5", ".vtk"}

#: So many files of a folder are opened to see whether it holds one series only.
_SAMPLES = 3


@dataclass(frozen=True)
class DicomItem:
    """A CT series or a segmentation.

    Attributes
    ----------
    path : Path
        As :func:`icac.ct.read_ct` or :func:`icac.ct.masks.read_mask` takes it.
    series_uid : str
        Of the CT series; of a segmentation that of the series on which it was drawn. Empty if not known.
    is_region : bool
    study_uid : str
        Of a CT series; empty if not known.
    reformatted : bool
        A CT series whose slices were computed from other slices.

    """

    path: Path
    series_uid: str
    is_region: bool = False
    study_uid: str = ""
    reformatted: bool = False


def dicom_items(folder: Path, files: Sequence[Path], alone: bool) -> list[DicomItem]:
    """Return the axial CT series and the segmentations in a folder.

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
    list of DicomItem
        A CT series is the folder itself if it holds nothing else, one of its files otherwise.

    """
    candidates = [path for path in files if path.suffix.lower() not in _OTHER_ENDINGS]
    if not candidates:
        return []
    from icac.ct.dicom.headers import read_header

    headers = [read_header(path) for path in _sample(candidates)]
    known = [header for header in headers if header is not None]
    if not known:
        return []
    if len(known) == len(headers) and len({header.series_uid for header in known}) == 1 and not _is_region(known[0]):
        path = folder if alone else known[0].path
        found = DicomItem(path, known[0].series_uid, False, known[0].text("StudyInstanceUID"), _is_reformatted(known))
        return [found] if _may_be_head_ct(known, len(candidates)) else []
    every = [header for path in candidates if (header := read_header(path)) is not None]
    every = [header for header in every if not (_is_region(header) and _is_predicted(header))]
    regions = [DicomItem(header.path, _drawn_on(header.path), True) for header in every if _is_region(header)]
    if len(regions) == len(every):
        return regions
    return [*_series(folder, alone and not regions), *regions]


def _sample(candidates: Sequence[Path]) -> list[Path]:
    """Return the first, the last and some files between, and those that are named as segmentations."""
    picked = {round(n * (len(candidates) - 1) / (_SAMPLES - 1)) for n in range(_SAMPLES)}
    return [path for number, path in enumerate(candidates) if number in picked or "seg" in path.name.lower()]


def _is_region(header: DicomFile) -> bool:
    from icac.ct.dicom.segmentation import SEGMENTATION_CLASSES

    return header.text("SOPClassUID") in SEGMENTATION_CLASSES


def _is_predicted(header: DicomFile) -> bool:
    """Tell whether a segmentation is a result of this software that nobody corrected: it is no drawn region."""
    if header.text("Manufacturer") != MANUFACTURER:
        return False
    from icac.ct.dicom.header_values import BadValueError, value_of
    from icac.ct.dicom.headers import read_header

    found = read_header(header.path, ["SegmentSequence"])
    try:
        segments = (value_of(found.header, "SegmentSequence") if found else None) or ()
    except BadValueError:  # reading the region says what is wrong
        return False
    return bool(segments) and all(one.get("SegmentAlgorithmType") == "AUTOMATIC" for one in segments)


def _drawn_on(path: Path) -> str:
    """Return the series on which a segmentation was drawn, as its header has it; empty if it does not tell."""
    import pydicom

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            header = pydicom.dcmread(path, specific_tags=["ReferencedSeriesSequence"])
        return str(header.ReferencedSeriesSequence[0].SeriesInstanceUID)
    except Exception:  # pydicom raises nearly anything for a damaged file; reading the region says what is wrong
        return ""


def _may_be_head_ct(headers: list[DicomFile], count: int) -> bool:
    """Judge the one series of a folder by some of its headers."""
    from icac.ct.dicom.headers import CT_CLASSES, slices_of
    from icac.ct.dicom.series_description import REFORMATTED, image_kind
    from icac.ct.series.limits import AXIAL_COSINE, MIN_SLICES

    if headers[0].text("SOPClassUID") not in CT_CLASSES:
        return False
    try:
        slices = [one for header in headers for one in slices_of(header)]
    except (ValueError, TypeError):
        return True  # reading it says what is wrong
    good = [one for one in slices if image_kind(one) in ("", REFORMATTED) and one.has_geometry
            and abs(one.normal[2]) >= AXIAL_COSINE]
    return bool(good) and max(count, len(slices)) >= MIN_SLICES


def _is_reformatted(headers: list[DicomFile]) -> bool:
    from icac.ct.dicom.headers import slices_of
    from icac.ct.dicom.series_description import describe

    try:
        return describe([one for header in headers for one in slices_of(header)]).reformatted
    except (ValueError, TypeError, IndexError):
        return False  # reading it says what is wrong


def _series(folder: Path, alone: bool) -> list[DicomItem]:
    """Read all headers and return each axial CT series that lies in the folder itself."""
    from icac.ct.dicom import find_series, list_series

    try:
        fitting = [series for series in list_series(folder) if not series.obstacle]
        if len(fitting) == 1 and alone:
            return [_item(folder, fitting[0])]
        firsts = sorted(((min(one.file.path for one in find_series(folder, series.uid).slices), series)
                         for series in fitting), key=lambda pair: (pair[0], pair[1].uid))
    except InputError:
        return []
    return [_item(path, series) for path, series in firsts if path.parent == folder]


def _item(path: Path, series: SeriesInfo) -> DicomItem:
    return DicomItem(path, series.uid, False, series.study, series.reformatted)
