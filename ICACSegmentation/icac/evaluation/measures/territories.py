"""Which artery, and which segment of it, the voxels of a case belong to.

With the courses of the carotids (the alignment in ``report.json`` of ``icac segment``, or courses that are given),
a voxel belongs to the artery and segment of the nearest centreline sample, as in :mod:`icac.lesions.assign`; truth
and prediction are divided by the same courses. Without courses only the sides can be told, by the midline: the mean
LPS x of all voxels of at least 130 HU if there is a CT (the skull is symmetric), else the middle of the grid. That is
wrong where a head lies turned or off-centre, so the table of cases says which way was used.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from icac.anatomy import SEGMENTS, Course, Segment, Side
from icac.calcium import is_calcium_dense
from icac.evaluation.cases.case_input import CaseInput
from icac.evaluation.cases.read_case import CaseArrays
from icac.geometry import Frame
from icac.lesions.assign import assign_points
from icac.report import Report

#: An artery (segment None) or a segment of it.
Territory = tuple[Side, Segment | None]


class Territories:
    """Divides the voxels of one case.

    Parameters
    ----------
    case : CaseInput
    arrays : CaseArrays

    Attributes
    ----------
    source : {"courses", "midline of the skull", "middle of the grid"}
        How sides are told.
    keys : tuple of (Side, Segment or None)
        The territories: 12 segments with courses, else two sides.

    Raises
    ------
    InputError
        The report of the case cannot be read.

    """

    def __init__(self, case: CaseInput, arrays: CaseArrays) -> None:
        self._frame = arrays.frame
        self._courses = _courses(case)
        self._midline, self.source = (0.0, "courses") if self._courses else _midline(arrays)
        segments = SEGMENTS if self._courses else (None,)
        self.keys: tuple[Territory, ...] = tuple((side, segment) for side in Side for segment in segments)

    def of_voxels(self, index_zyx: np.ndarray) -> np.ndarray:
        """Return the index in ``keys`` of voxels (n, 3) given as (z, y, x); shape (n,)."""
        if len(index_zyx) == 0:
            return np.zeros(0, dtype=int)
        points = self._frame.to_lps(index_zyx[:, ::-1])
        if not self._courses:
            return np.where(points[:, 0] > self._midline, *(list(Side).index(s) for s in (Side.LEFT, Side.RIGHT)))
        found = assign_points(points, self._courses)
        segment = found.segments[np.arange(len(points)), found.side_index]
        side = np.array([list(Side).index(s) for s in found.sides])[found.side_index]
        return side * len(SEGMENTS) + np.searchsorted(SEGMENTS, segment)

    def volumes_mm3(self, mask: np.ndarray, weights: np.ndarray | None = None) -> dict[Territory, float]:
        """Sum the volume of a mask (z, y, x), weighted if weights of the same shape are given, by territory."""
        chosen = None if weights is None else weights[mask].astype(float)
        sums = np.bincount(self.of_voxels(np.argwhere(mask)), chosen, minlength=len(self.keys))
        return {key: float(v) for key, v in zip(self.keys, sums * self._frame.voxel_volume_mm3, strict=True)}


def _courses(case: CaseInput) -> Mapping[Side, Course] | None:
    if not isinstance(case.courses, Path):
        return case.courses
    return Report.load(case.courses, f"case {case.name}").courses


def _midline(arrays: CaseArrays) -> tuple[float, str]:
    if arrays.hu is not None:
        dense = is_calcium_dense(arrays.hu)
        if dense.any():
            return _mean_x(dense, arrays.frame), "midline of the skull"
    return float(arrays.frame.to_lps((np.asarray(arrays.frame.size) - 1) / 2)[0]), "middle of the grid"


def _mean_x(mask: np.ndarray, frame: Frame) -> float:
    """Mean LPS x of the voxels of a mask, from its three profiles (a list of all points would fill the memory)."""
    mean_zyx = [float(np.average(np.arange(n), weights=mask.sum(axis=tuple(a for a in range(3) if a != axis))))
                for axis, n in enumerate(mask.shape)]
    return float(frame.to_lps(mean_zyx[::-1])[0])
