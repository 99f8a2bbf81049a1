"""Cutting the region around the arteries into slabs that fit it closely, so that less is computed.

The carotids run outwards in their lower part and come together above: one box around them holds much that does not
count. The cut that saves most is found by the network's own operations, with the margins that each slab needs.
"""

from __future__ import annotations

import numpy as np

from icac.geometry.box import bounding_box, box_shape
from icac.inference.tiling import Tile
from icac.network.config import FcnConfig
from icac.network.describe import count_macs
from icac.network.geometry import input_shape, stride_grid


def plan_slabs(counted: np.ndarray, config: FcnConfig) -> list[Tile]:
    """Return the one or two blocks on the stride grid that hold all that counts with the fewest operations.

    Parameters
    ----------
    counted : numpy.ndarray of bool
        (z, y, x) output voxels of interest, at least one; of a shape on the stride grid.
    config : FcnConfig

    Returns
    -------
    list of Tile
        From below.

    """
    step = stride_grid()[0]
    used = np.flatnonzero(counted.any(axis=(1, 2)))
    options = [[_around(counted, 0, len(counted))]]
    for cut in range((used[0] // step + 1) * step, used[-1] + 1, step):
        options.append([_around(counted, 0, cut), _around(counted, cut, len(counted))])
    return min(options, key=lambda tiles: sum(count_macs(config, input_shape(tile.shape)) for tile in tiles))


def _around(counted: np.ndarray, low: int, high: int) -> Tile:
    """Return the smallest block on the stride grid around what counts from plane ``low`` up to ``high``."""
    box = bounding_box(counted[low:high], stride_grid())
    if box is None:
        raise ValueError("There is nothing to compute in this part.")
    z, y, x = box
    return Tile((low + z.start, y.start, x.start), box_shape(box))
