"""Reading what is to be compared: a CT, a prediction or the folder of a result, and a drawn region."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from icac.anatomy import Course, Side
from icac.compare.manual import manual_truth
from icac.ct import read_ct
from icac.ct.masks import place_mask, read_mask, refuse_beside, refuse_inverted, taken_as_one
from icac.errors import InputError
from icac.geometry import Volume
from icac.report import Report
from icac.report.report import another_ct
from icac.result_files import USUAL_NAMES, find_file


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
                  segment: str | None = None, assume: str | None = None) -> Compared:
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
    assume : {"lps", "ras"}, optional
        Where the voxel axes run of files that do not tell, see :func:`icac.ct.read_ct`.

    Raises
    ------
    InputError
        Something cannot be read, a mask is inverted or lies beside the CT, or the prediction is not on its voxels.

    """
    scan = read_ct(ct, series, assume, incomplete=True)
    frame = scan.volume.frame
    mask_path, report = _mask(Path(predicted)), _report(Path(predicted))
    mask, drawn = read_mask(mask_path, assume=assume), read_mask(manual, segment, assume)
    ours, moved = place_mask(mask, frame)
    if moved:
        raise InputError(f"{mask_path} does not lie on the voxels of {ct}; give the CT that was segmented, or the "
                         "ct_resampled file of its results.")
    roi, resampled = place_mask(drawn, frame)
    refuse_beside(drawn, roi, manual, ct)
    refuse_inverted(ours, mask_path)
    refuse_inverted(roi, manual)
    notes = [*scan.corrections, *mask.notes, *drawn.notes]
    if resampled:
        notes.append(f"{manual} was drawn on other voxels than those of the CT and was resampled to them.")
    if several := taken_as_one(drawn, manual):
        notes.append(several)
    if len(drawn.segments) > 1:
        notes.append("One segment alone is taken by its name (--manual-segment).")
    if not roi.any():
        notes.append(f"{manual} has no voxel within the CT.")
    if report and report.is_of_another_ct(scan):
        notes.append(another_ct(report.source, ct))
    measured = report.measured(scan.volume) if report else scan.volume
    if report and measured is not scan.volume:
        notes.append(report.harmonisation.statement)
    courses = report.courses if report else None
    return Compared(measured, ours, manual_truth(measured, roi), courses, tuple(notes))


def _mask(path: Path) -> Path:
    """Return the mask of a prediction: the file itself, or that in a folder of results."""
    mask = find_file(path, "mask") if path.is_dir() else path
    if mask is None:
        raise InputError(f"{path} holds no {' or '.join(USUAL_NAMES.of('mask'))}; give a folder of results of 'icac "
                         "segment' or a mask file.")
    return mask


def _report(path: Path) -> Report | None:
    """Return the report that lies beside the mask, if there is one."""
    found = find_file(path if path.is_dir() else path.parent, "report")
    return Report.load(found) if found else None
