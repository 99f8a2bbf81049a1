"""What the network's output of the carotids says, as a few thousand weighted points."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from icac.geometry import Volume

#: Voxels (each axis) whose mean makes one point: of 0.5 mm, that is 1 mm.
_BLOCK = 2

#: Mean probability from which a block is a point.
_LEAST = 0.2


class Cloud(NamedTuple):
    """Where the inside of a carotid may be."""

    points: np.ndarray
    """(n, 3) LPS mm."""
    volume_mm3: np.ndarray
    """(n,) expected volume of the inside of a carotid there."""

    def part(self, chosen: np.ndarray) -> Cloud:
        """Return the points of a mask (n,)."""
        return Cloud(self.points[chosen], self.volume_mm3[chosen])


def cloud_of(artery: Volume) -> Cloud:
    """Return the points of a map of probabilities (z, y, x); what is left over at the far borders does not count."""
    count = [n // _BLOCK for n in artery.array.shape]
    whole = artery.array[tuple(slice(0, n * _BLOCK) for n in count)]
    mean = whole.reshape(count[0], _BLOCK, count[1], _BLOCK, count[2], _BLOCK).mean(axis=(1, 3, 5))
    index = np.argwhere(mean > _LEAST)
    middle = index[:, ::-1] * _BLOCK + 0.5 * (_BLOCK - 1)
    return Cloud(artery.frame.to_lps(middle), mean[tuple(index.T)] * _BLOCK**3 * artery.frame.voxel_volume_mm3)
