"""Masks grown, closed and filled: the same, voxel by voxel, as of SciPy's functions, in a fraction of their time.

SciPy asks each neighbour of each voxel; here the whole mask is moved once for each row of the neighbourhood, as a block
of memory. Holes are found by labelling the background once, not by growing it until nothing changes.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy import ndimage

#: Neighbours on whose sides both planes, and both rows, are the same, and the steps along x on either side of each.
Neighbourhood = Mapping[tuple[int, int], int]

#: Voxels of one plane that share an edge.
_IN_PLANE = np.array([[[0, 0, 0]] * 3, [[0, 1, 0], [1, 1, 1], [0, 1, 0]], [[0, 0, 0]] * 3])


def ball(radius: float) -> Neighbourhood:
    """Return the voxels whose middle lies within ``radius`` voxels: (z, y) of each row, and its half length in x."""
    reach = range(-int(radius), int(radius) + 1)
    return {(z, y): int(np.sqrt(radius**2 - z**2 - y**2)) for z in reach for y in reach if z**2 + y**2 <= radius**2}


def disc(radius: int) -> Neighbourhood:
    """Return the voxels of a plane within ``radius`` voxels and a little more, as :func:`ball` does."""
    return {(z, y): width for (z, y), width in ball(np.sqrt(radius**2 + 0.5)).items() if z == 0}


def dilated(mask: np.ndarray, near: Neighbourhood) -> np.ndarray:
    """Return which voxels have a true one near, bool (z, y, x); beyond the border nothing is true."""
    out = np.zeros_like(mask)
    for width in sorted(set(near.values())):
        row = mask.copy()
        for step in range(1, width + 1):
            row[..., step:] |= mask[..., :-step]
            row[..., :-step] |= mask[..., step:]
        for z, y in (place for place, long in near.items() if long == width):
            out[_moved(z, y)] |= row[_moved(-z, -y)]
    return out


def _moved(z: int, y: int) -> tuple[slice, slice]:
    """Return the part of an array that lies ``z`` planes and ``y`` rows, or more, from its beginning; or its end."""
    at_z, at_y = (slice(step, None) if step >= 0 else slice(None, step) for step in (z, y))
    return at_z, at_y


def closed_in_plane(mask: np.ndarray, radius: int) -> np.ndarray:
    """Close gaps of a mask (z, y, x) plane by plane with a disc; beyond the border there is room for it to grow."""
    wide = dilated(np.pad(mask, ((0, 0), (radius, radius), (radius, radius))), disc(radius))
    return ~dilated(~wide, disc(radius))[:, radius:-radius, radius:-radius]


def without_holes(mask: np.ndarray) -> np.ndarray:
    """Fill what is enclosed in each plane of a mask (z, y, x), by voxels that share an edge or a corner."""
    background = np.pad(~mask, ((0, 0), (1, 1), (1, 1)), constant_values=True)
    labels = ndimage.label(background, _IN_PLANE)[0]
    return (labels != labels[:, :1, :1])[:, 1:-1, 1:-1]
