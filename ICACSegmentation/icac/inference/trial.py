"""A trial on a small piece of a head: does a model find there in bf16 what it finds in float32?

In bf16 a number has 8 bits, and how that adds up over the layers depends on the weights. The piece is the reference
head around the siphon of one artery, with calcium along it: bone, soft tissue and plaques at the place and in the size
in which the network meets them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icac.air import OUTSIDE_HU
from icac.anatomy import Side
from icac.calcium import is_calcium_dense
from icac.geometry import Frame
from icac.network.interface.architecture import Architecture
from icac.network.interface.geometry import Triple
from icac.reference import load_reference
from icac.reference.position import coarse_positions

#: Voxels (z, y, x) of the piece for which the network answers, at least.
_SHAPE: Triple = (16, 24, 24)

#: Distance in points of the course, size in voxels (z, y, x) around a point, and HU of the plaques.
_EVERY, _REACH, _PLAQUE_HU = 8, (1, 2, 2), 400.0

#: Largest difference of the volume that is expected, as a share, and of any dense voxel in log-odds.
MOST_SHARE, MOST_LOG_ODDS = 0.01, 0.5


@dataclass(frozen=True, eq=False)
class Piece:
    """What the network is given, and where its answer counts.

    Attributes
    ----------
    hu : numpy.ndarray
        float32 (z, y, x).
    position : numpy.ndarray or None
        Position channels at every second voxel, float32 (c, z, y, x), for a network that is told them.
    dense : numpy.ndarray of bool
        (z, y, x) voxels of the answer that can be calcium.

    """

    hu: np.ndarray
    position: np.ndarray | None
    dense: np.ndarray


def make_piece(config: Architecture) -> Piece:
    """Return the piece for a network of ``config``."""
    reference = load_reference()
    course = reference.courses[Side.RIGHT].points
    shape = config.geometry.input_shape(_SHAPE)
    frame = Frame.regular(config.spacing_mm, shape[::-1], center=tuple(course[len(course) // 2]))
    hu = reference.volume.resample(frame, outside=OUTSIDE_HU).array.astype(np.float32)
    for point in course[::_EVERY]:
        middle = np.rint(frame.to_index(point)).astype(int)[::-1]
        hu[tuple(slice(max(m - r, 0), max(m + r + 1, 0)) for m, r in zip(middle, _REACH, strict=True))] = _PLAQUE_HU
    geometry = config.geometry
    answered = hu[tuple(slice(o, o + n) for o, n in zip(geometry.offset, geometry.output_shape(shape), strict=True))]
    return Piece(hu, coarse_positions(frame) if config.position else None, is_calcium_dense(answered))


def is_same(exact: np.ndarray, rounded: np.ndarray, dense: np.ndarray) -> bool:
    """Tell whether log-odds (z, y, x) in two precisions give the same volume, and nearly the same voxel by voxel."""
    exact, rounded = exact[dense].astype(np.float64), rounded[dense].astype(np.float64)
    if not np.abs(exact - rounded).max() <= MOST_LOG_ODDS:  # also where it is not a number
        return False
    expected, found = ((1 / (1 + np.exp(-values))).sum() for values in (exact, rounded))
    return bool(abs(found - expected) <= MOST_SHARE * expected)
