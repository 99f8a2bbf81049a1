"""Where a voxel lies on the course of the artery: what the network may be told besides the CT number.

A valid network sees 42 x 42 x 18 mm of CT and nothing of where that is in the head. Once a head is registered, the
reference says how far every voxel lies from the expected centreline, on which side of it, and how far along.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from icac.anatomy import Course, Side
from icac.geometry import Frame

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
    coarse_size = np.ceil((np.asarray(frame.size) - 1) / ratio).astype(int) + 2
    ticks = [np.arange(n) * r for n, r in zip(coarse_size, ratio, strict=True)]
    grid = np.stack(np.meshgrid(*ticks, indexing="ij"), -1)
    coarse = _channels_at(frame.to_lps(grid.reshape(-1, 3)), courses)
    coarse = coarse.reshape(len(CHANNELS), *coarse_size).transpose(0, 3, 2, 1)
    at = np.meshgrid(*(np.arange(n, dtype=np.float32) / r for n, r in zip(frame.shape, ratio[::-1], strict=True)),
                     indexing="ij", sparse=True)
    return np.stack([_interpolated(channel, at) for channel in coarse])


def _channels_at(points: np.ndarray, courses: Mapping[Side, Course]) -> np.ndarray:
    """Return the channels (channel, n) at LPS points (n, 3)."""
    best = np.full(len(points), np.inf)
    out = np.empty((len(CHANNELS), len(points)), np.float32)
    for side, course in courses.items():
        near = course.nearest(points)
        closer = near.distance_mm < best
        best[closer] = near.distance_mm[closer]
        index = near.index[closer]
        offset = points[closer] - course.points[index]
        outwards = 1.0 if side is Side.LEFT else -1.0
        along = 2.0 * course.arc_length_mm[index] / course.arc_length_mm[-1] - 1.0
        out[:, closer] = np.stack([near.distance_mm[closer] / UNIT_MM, outwards * offset[:, 0] / UNIT_MM,
                                   offset[:, 1] / UNIT_MM, offset[:, 2] / UNIT_MM, along])
    return np.clip(out, -_CLIP, _CLIP)


def _interpolated(channel: np.ndarray, at: list[np.ndarray]) -> np.ndarray:
    """Interpolate linearly along one axis after the other, which is fast for a regular grid."""
    for axis, positions in enumerate(at):
        positions = positions.ravel()
        low = np.minimum(positions.astype(int), channel.shape[axis] - 2)
        shape = [1, 1, 1]
        shape[axis] = -1
        share = (positions - low).astype(np.float32).reshape(shape)
        channel = channel.take(low, axis) * (1 - share) + channel.take(low + 1, axis) * share
    return channel


@lru_cache(maxsize=4)
def reference_positions(frame: Frame) -> np.ndarray:
    """Return the position channels, float32 (:data:`CHANNELS`, z, y, x), of a grid in reference space; read only."""
    from icac.reference.head import load_reference

    channels = position_channels(frame, load_reference().courses)
    channels.setflags(write=False)
    return channels
