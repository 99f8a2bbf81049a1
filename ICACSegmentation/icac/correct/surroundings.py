"""What surrounds a voxel, on a coarse grid: how much bone, and how near the artery."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy import ndimage

from icac.anatomy import Course, Side
from icac.calcium import CALCIUM_HU
from icac.geometry import Frame
from icac.geometry.box import Box, box_shape

#: Surroundings vary over millimetres: voxels are merged up to about this size before anything is computed.
COARSE_MM = 0.6

#: CT number above which dense tissue counts fully.
FULL_HU = 730.0

#: Width (standard deviation) of the neighbourhood in which dense tissue is weighed.
MASS_MM = 2.0

#: How far that neighbourhood reaches, mm.
MASS_REACH_MM = 2.5 * MASS_MM


def coarse_steps(frame: Frame) -> tuple[int, int, int]:
    """Return how many voxels are merged along (z, y, x)."""
    return tuple(max(1, int(COARSE_MM / d)) for d in frame.spacing[::-1])


def bone_mass(hu: np.ndarray, frame: Frame) -> np.ndarray:
    """Weigh the dense tissue around every voxel.

    Parameters
    ----------
    hu : numpy.ndarray
        Block of the scan with :data:`MASS_REACH_MM` of margin around the voxels of interest, (z, y, x).
    frame : Frame
        Supplies the spacing.

    Returns
    -------
    numpy.ndarray of float32, shape of ``hu``
        0 in soft tissue to 1 amid cortical bone: what a calcification of the vessel wall, small and seldom dense,
        does not reach.

    """
    steps = coarse_steps(frame)
    density = np.clip((hu.astype(np.float32) - CALCIUM_HU) / (FULL_HU - CALCIUM_HU), 0.0, 1.0)
    coarse = _merged(density, steps)
    sd = [MASS_MM / (d * n) for d, n in zip(frame.spacing[::-1], steps, strict=True)]
    weighed = ndimage.gaussian_filter(coarse, sd, mode="nearest", truncate=MASS_REACH_MM / MASS_MM)
    return _spread(weighed, steps, hu.shape)


def course_distance(courses: Mapping[Side, Course], frame: Frame, box: Box) -> np.ndarray:
    """Return the distance in mm of the voxels of a box of the scan from the nearer centreline, (z, y, x)."""
    steps = coarse_steps(frame)
    z, y, x = (np.arange(s.start, s.stop, n) + (n - 1) / 2 for s, n in zip(box, steps, strict=True))
    points = frame.to_lps(np.stack(np.meshgrid(z, y, x, indexing="ij")[::-1], axis=-1).reshape(-1, 3))
    distance = np.min([course.nearest(points).distance_mm for course in courses.values()], axis=0)
    shape = box_shape(box)
    return _spread(distance.reshape(len(z), len(y), len(x)).astype(np.float32), steps, shape)


def _merged(values: np.ndarray, steps: tuple[int, int, int]) -> np.ndarray:
    """Average blocks of voxels; the last ones are filled up with their edge."""
    for axis, step in enumerate(steps):
        missing = -values.shape[axis] % step
        if missing:
            values = np.pad(values, [(0, missing) if a == axis else (0, 0) for a in range(3)], mode="edge")
        shape = (*values.shape[:axis], values.shape[axis] // step, step, *values.shape[axis + 1:])
        values = values.reshape(shape).mean(axis=axis + 1) if step > 1 else values
    return values


def _spread(values: np.ndarray, steps: tuple[int, int, int], shape: tuple[int, ...]) -> np.ndarray:
    """Give every voxel the value of its block."""
    for axis, step in enumerate(steps):
        values = np.repeat(values, step, axis=axis) if step > 1 else values
    return values[tuple(slice(0, n) for n in shape)]
