"""Whether two volumes show the same scan at the same place."""

from __future__ import annotations

import numpy as np

from icac.air import OUTSIDE_HU
from icac.geometry import Volume

#: Volumes are compared at so many points along each axis, and between these HU.
_POINTS, _MOST_HU = 40, 1500.0

#: So much of what varies in a scan is the same in another reading of it: interpolation and another order of slices
#: leave far more, another head far less.
SAME_SHARE = 0.8

#: So many of the points of one lie in the other.
_INSIDE = 0.5


def shows_same(first: Volume, second: Volume) -> bool:
    """Tell whether two volumes in HU show the same at the same places (LPS mm), whatever their grids."""
    axes = [np.unique(np.linspace(0, n - 1, min(n, _POINTS)).astype(int)) for n in first.frame.size]
    index = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    other = np.rint(second.frame.to_index(first.frame.to_lps(index))).astype(int)
    inside = ((other >= 0) & (other < second.frame.size)).all(axis=1)
    if inside.mean() < _INSIDE:
        return False
    a, b = (np.clip(volume.array[tuple(at[inside].T[::-1])].astype(float), OUTSIDE_HU, _MOST_HU)
            for volume, at in ((first, index), (second, other)))
    return bool(((a - b) ** 2).sum() <= (1 - SAME_SHARE) * ((a - a.mean()) ** 2).sum())
