"""Where a voxel lies on the course of the artery: what the network may be told besides the CT number.

A valid network sees 42 x 42 x 18 mm of CT and nothing of where that is in the head. Once a head is registered, the
reference says how far every voxel lies from the expected centreline, on which side of it, and how far along.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from icac.anatomy import Course, Side
from icac.anatomy.nearest import nearest_sample
from icac.geometry import Frame, three

#: What the channels hold: distance from the nearer centreline; offset from it to the outside of the head, backwards
#: and upwards, all in cm (``UNIT_MM``) and clipped to 2 cm; place along the course, from -1 at the carotid canal to 1
#: at its end.
CHANNELS = ("distance", "lateral", "posterior", "superior", "along")

UNIT_MM, _CLIP = 10.0, 2.0

#: Spacing in mm at which the channels are computed; between, they are interpolated.
_COARSE_MM = 1.0


def position_channels(frame: Frame, courses: Mapping[Side, Course]) -> np.ndarray:
    """Compute the position channels of a grid.

    Parameters
    ----------
    frame : Frame
        An orthogonal grid in the space of the courses, LPS mm.
    courses : mapping of Side to Course
        Of the reference head.

    Returns
    -------
    numpy.ndarray
        float32 (:data:`CHANNELS`, z, y, x).

    """
    ratio = _COARSE_MM / np.asarray(frame.spacing)
    size = np.ceil((np.asarray(frame.size) - 1) / ratio).astype(int) + 2
    coarse = Frame(frame.affine * [*ratio, 1.0], three(int(n) for n in size))
    return refined(_channels_on(coarse, courses), frame.shape, tuple(ratio[::-1]))


def coarse_shape(shape: tuple[int, int, int]) -> tuple[int, int, int]:
    """Return how many values (z, y, x) at every second voxel enclose a grid of ``shape`` (z, y, x)."""
    return three(n // 2 + 1 for n in shape)


def coarse_positions(frame: Frame) -> np.ndarray:
    """Compute the position channels at every second voxel of a grid in reference space, as they are interpolated.

    Parameters
    ----------
    frame : Frame
        An orthogonal grid of 0.5 mm.

    Returns
    -------
    numpy.ndarray
        float32 (:data:`CHANNELS`, z, y, x) of :func:`coarse_shape`; read only.

    Raises
    ------
    ValueError
        If the voxels have another size.

    """
    if not np.allclose(np.multiply(frame.spacing, 2), _COARSE_MM):
        raise ValueError("Position channels are computed at every second voxel of 0.5 mm.")
    return _coarse_positions(frame.affine.tobytes(), frame.size)


@lru_cache(maxsize=4)
def _coarse_positions(affine: bytes, size: tuple[int, int, int]) -> np.ndarray:
    """Keep the channels of the last grids: they are the same for every scan."""
    from icac.reference.head import load_reference

    grid = Frame(np.frombuffer(affine).reshape(4, 4) * [2.0, 2.0, 2.0, 1.0], coarse_shape(size))
    channels = _channels_on(grid, load_reference().courses)
    channels.setflags(write=False)
    return channels


def refined(channels: np.ndarray, shape: tuple[int, int, int], ratio: tuple[float, float, float] = (2.0, 2.0, 2.0)
            ) -> np.ndarray:
    """Interpolate channels linearly.

    Parameters
    ----------
    channels : numpy.ndarray
        float32 (c, z, y, x); those of ``shape`` already are returned as they are.
    shape : tuple of int
        (z, y, x) of the result.
    ratio : tuple of float
        Voxels of the result (z, y, x) from one value to the next; both begin at the same place.

    """
    if channels.shape[1:] == shape:
        return channels
    for axis in (2, 1, 0):  # the last axis first: it is cheapest while the others are coarse
        channels = _interpolated(channels, axis, shape[axis], ratio[axis])
    return channels


def _channels_on(frame: Frame, courses: Mapping[Side, Course]) -> np.ndarray:
    """Return the channels, float32 (channel, z, y, x), on a grid."""
    samples = np.concatenate([course.points for course in courses.values()])
    outwards = np.concatenate([np.full(len(course.points), side.sign_x_lps) for side, course in courses.items()])
    along = np.concatenate([2.0 * course.arc_length_mm / course.arc_length_mm[-1] - 1.0
                            for course in courses.values()])
    center = samples.mean(axis=0)  # small numbers keep their digits in float32
    points, samples = _points_of(frame, center), (samples - center).astype(np.float32)
    index = nearest_sample(points, samples)
    offset = points - samples.take(index, axis=0)
    out = np.empty((len(CHANNELS), len(points)), np.float32)
    out[0] = np.sqrt(np.einsum("ni,ni->n", offset, offset))
    out[1:4] = offset.T
    out[1] *= outwards[index]
    out[:4] /= UNIT_MM
    out[4] = along[index]
    return np.clip(out, -_CLIP, _CLIP, out=out).reshape(len(CHANNELS), *frame.shape)


def _points_of(frame: Frame, center: np.ndarray) -> np.ndarray:
    """Return where the voxels lie from a place, float32 (n, 3), mm; quickest where the grid has the axes of space."""
    points = np.empty((*frame.shape, 3), np.float32)
    ticks = np.ogrid[tuple(slice(n) for n in frame.shape)][::-1]
    for axis, steps in enumerate(frame.affine[:3, :3]):
        places = sum(tick * step for tick, step in zip(ticks, steps, strict=True) if step)
        points[..., axis] = places + frame.affine[axis, 3] - center[axis]
    return points.reshape(-1, 3)


def _interpolated(channels: np.ndarray, axis: int, size: int, ratio: float) -> np.ndarray:
    """Interpolate channels (c, z, y, x) linearly along an axis of space: value i lies at i / ratio of the input.

    As a product with a matrix of two weights a row, which is the fastest way of numpy.
    """
    position = np.arange(size) / ratio
    low = np.minimum(position.astype(int), channels.shape[axis + 1] - 2)
    weights = np.zeros((size, channels.shape[axis + 1]), np.float32)
    weights[np.arange(size), low + 1] = position - low
    weights[np.arange(size), low] = 1.0 - (position - low)
    if axis == 2:
        return channels @ weights.T
    count, *shape = channels.shape
    rows = channels.reshape(-1, shape[axis], int(np.prod(shape[axis + 1:])))
    shape[axis] = size
    return (weights @ rows).reshape(count, *shape)


@lru_cache(maxsize=4)
def reference_positions(frame: Frame) -> np.ndarray:
    """Return the position channels, float32 (:data:`CHANNELS`, z, y, x), of a grid in reference space; read only."""
    from icac.reference.head import load_reference

    channels = position_channels(frame, load_reference().courses)
    channels.setflags(write=False)
    return channels
