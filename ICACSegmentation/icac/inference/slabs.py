"""Cutting the region around the arteries into slabs that fit it closely, so that less is computed.

The carotids run outwards in their lower part and come together above: one box around them holds much that does not
count. The cut that saves most is found by the network's own operations, with the margins that each slab needs.
"""

from __future__ import annotations

import numpy as np

from icac.geometry.box import bounding_box, box_shape
from icac.inference.tiling import Tile
from icac.network.interface.architecture import Architecture
from icac.network.interface.geometry import Triple


def plan_slabs(counted: np.ndarray, network: Architecture) -> list[Tile]:
    """Return the one or two blocks on the grid of a network that hold all that counts with the fewest operations.

    Parameters
    ----------
    counted : numpy.ndarray of bool
        (z, y, x) output voxels of interest, at least one; of a shape on the grid.
    network : Architecture

    Returns
    -------
    list of Tile
        From below.

    """
    geometry = network.geometry
    step = geometry.grid[0]
    used = np.flatnonzero(counted.any(axis=(1, 2)))
    options = [[_around(counted, 0, len(counted), geometry.grid)]]
    for cut in range((used[0] // step + 1) * step, used[-1] + 1, step):
        options.append([_around(counted, 0, cut, geometry.grid), _around(counted, cut, len(counted), geometry.grid)])
    return min(options, key=lambda tiles: sum(network.macs(geometry.input_shape(tile.shape)) for tile in tiles))


def _around(counted: np.ndarray, low: int, high: int, grid: Triple) -> Tile:
    """Return the smallest block on the grid around what counts from plane ``low`` up to ``high``."""
    box = bounding_box(counted[low:high], grid)
    if box is None:
        raise ValueError("There is nothing to compute in this part.")
    z, y, x = box
    return Tile((low + z.start, y.start, x.start), box_shape(box))
