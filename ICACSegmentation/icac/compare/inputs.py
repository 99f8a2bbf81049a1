"""Reading what is to be compared: a CT, a prediction or the folder of a result, and a drawn region."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from icac.anatomy import Course, Side
from icac.compare.manual import manual_truth
from icac.ct import read_ct
from icac.ct.masks import place_mask, read_mask
from icac.errors import InputError
from icac.geometry import Volume
from icac.report.courses import courses_of_report
from icac.report.quality import harmonisation_of_report, measured_ct


@dataclass(frozen=True, eq=False)
class Compared:
    """Two segmentations on the voxels of their CT.

    Attributes
    ----------
    ct : Volume
        HU, in the form in which the prediction was measured, if a ``report.json`` beside it tells.
    predicted, manual : numpy.ndarray of bool
        Shape (z, y, x); the manual one is reduced to calcium.
    courses : mapping of Side to Course, or None
        Known if a ``report.json`` lies beside the prediction.
    notes : tuple of str
        Sentences on what a user should know of the input.

    """

    ct: Volume
    predicted: np.ndarray
    manual: np.ndarray
    courses: Mapping[Side, Course] | None
    notes: tuple[str, ...]


def read_compared(ct: str | Path, predicted: str | Path, manual: str | Path, *, series: str | None = None,
                  segment: str | None = None) -> Compared:
    """Read a CT and the two segmentations of it.

    Parameters
    ----------
    ct : str or pathlib.Path
        DICOM folder, NIfTI, NRRD or MetaImage.
    predicted : str or pathlib.Path
        Mask file, or a folder of results of ``icac segment``.
    manual : str or pathlib.Path
        Region drawn by an observer; what is at least 130 HU in it counts.
    series : str, optional
        Which series of a DICOM folder.
    segment : str, optional
        Name of the segment of the manual ``.seg.nrrd``; all count if omitted.

    Raises
    ------
    InputError
        Something cannot be read, or the prediction is not on the voxels of the CT.

    """
    scan = read_ct(ct, series)
    frame = scan.volume.frame
    mask_path, report = _prediction(Path(predicted))
    ours, moved = place_mask(read_mask(mask_path), frame)
    if moved:
        raise InputError(f"{mask_path} does not lie on the voxels of {ct}; give the CT that was segmented, or the "
                         "ct_resampled file of its results.")
    roi, resampled = place_mask(read_mask(manual, segment), frame)
    notes = [*scan.corrections]
    if resampled:
        notes.append(f"{manual} was drawn on other voxels than those of the CT and was resampled to them.")
    if not roi.any():
        notes.append(f"{manual} has no voxel within the CT.")
    record = _read(report)
    measured = measured_ct(scan.volume, record)
    if record and measured is not scan.volume:
        notes.append(harmonisation_of_report(record).statement)
    courses = courses_of_report(record) if record else None
    return Compared(measured, ours, manual_truth(measured, roi), courses, tuple(notes))


def _prediction(path: Path) -> tuple[Path, Path | None]:
    """Return the mask, and the report that lies beside it."""
    folder = path if path.is_dir() else path.parent
    report = folder / "report.json"
    if path.is_dir():
        masks = [folder / name for name in ("icac.nii.gz", "icac.nrrd") if (folder / name).is_file()]
        if not masks:
            raise InputError(f"{path} holds no icac.nii.gz or icac.nrrd; give a folder of results of 'icac segment' or "
                             "a mask file.")
        path = masks[0]
    return path, report if report.is_file() else None


def _read(report: Path | None) -> Mapping[str, Any] | None:
    """Return a report that tells the alignment of the scan and the form in which it was measured."""
    if report is None:
        return None
    try:
        record = json.loads(report.read_text(encoding="utf-8"))
        courses_of_report(record)
        harmonisation_of_report(record)
        return record
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{report} is not a report of 'icac segment' with the alignment of the scan; segment the scan "
                         "again or move the report away.") from error
