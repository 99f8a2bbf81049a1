"""The part of the head in which ICAC can lie: a tube around both carotid courses.

The reference's course fits a registered head to a few millimetres, so voxels farther away than
:data:`REACH_MM` belong to other structures (vertebrobasilar arteries, tentorium, clivus, mastoid).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.ndimage import distance_transform_edt

from icac.anatomy import Course, Side
from icac.geometry import Frame

#: Largest distance from the reference's centreline at which a voxel is analysed, mm.
#: Centrelines of single heads lie within about 4 mm of the mean (icac_reference section 4), the vessel's radius is
#: 2.3 mm, and registration errs by up to 3 mm; the rest is margin.
REACH_MM = 12.0


def region_mask(frame: Frame, courses: Mapping[Side, Course], reach_mm: float = REACH_MM) -> np.ndarray:
    """Mark the voxels of ``frame`` within ``reach_mm`` of either course.

    Parameters
    ----------
    frame : Frame
        An orthogonal grid in the space of the courses.
    courses : mapping of Side to Course
        LPS mm.
    reach_mm : float

    Returns
    -------
    numpy.ndarray of bool, shape (z, y, x)

    """
    points = np.concatenate([course.points for course in courses.values()])
    index = np.rint(frame.to_index(points)).astype(int)
    # Widen the grid so that a course that leaves it still counts inside it.
    pad = np.ceil(reach_mm / np.asarray(frame.spacing)).astype(int) + 1
    index = index + pad
    size = np.asarray(frame.size) + 2 * pad
    index = index[((index >= 0) & (index < size)).all(axis=1)]
    away = np.ones(size[::-1], dtype=bool)
    away[tuple(index.T[::-1])] = False
    inner = tuple(slice(p, p + n) for p, n in zip(pad[::-1], frame.size[::-1], strict=True))
    if away.all():
        return np.zeros(frame.shape, dtype=bool)
    return distance_transform_edt(away, sampling=frame.spacing[::-1])[inner] <= reach_mm


def course_distance_mm(frame: Frame, courses: Mapping[Side, Course], mask: np.ndarray) -> np.ndarray:
    """Return the distance in mm from the nearer centreline of every voxel of ``mask`` (z, y, x), shape (n,)."""
    points = frame.to_lps(np.argwhere(mask)[:, ::-1])
    return np.min([course.nearest(points).distance_mm for course in courses.values()], axis=0)


def bounding_frame(frame: Frame, mask: np.ndarray, grid: tuple[int, int, int] = (1, 1, 1)) -> Frame:
    """Return the smallest block of ``frame`` that holds ``mask`` (z, y, x), its borders on multiples of ``grid``.

    On the stride grid of the network, what is computed in the block equals the same part of the whole.
    """
    start, size = [], []
    for axis, step in zip((2, 1, 0), grid, strict=True):
        used = np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis)))
        first = int(used[0]) // step * step
        start.append(first)
        size.append(-(-(int(used[-1]) + 1 - first) // step) * step)
    return frame.crop(tuple(start), tuple(size))
