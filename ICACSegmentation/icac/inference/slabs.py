"""Cutting the region around the arteries into slabs that fit it closely, so that less is computed.

The carotids run outwards in their lower part and come together above: one box around them holds much that does not
count. The cut that saves most is found by the network's own operations, with the margins that each slab needs.
"""

from __future__ import annotations

import numpy as np

from icac.geometry import three
from icac.geometry.box import bounding_box, box_shape
from icac.inference.tiling import Tile
from icac.network.interface.architecture import Architecture
from icac.network.interface.geometry import Triple


def plan_slabs(counted: np.ndarray, network: Architecture) -> list[Tile]:
    """Return the one or two blocks on the grid of a network that hold all that counts with the fewest operations.

    Parameters
    ----------
    counted : numpy.ndarray of bool
        (z, y, x) output voxels of interest, at least one.
    network : Architecture

    Returns
    -------
    list of Tile
        From below; the last of an axis may reach beyond a shape that is not on the grid.

    """
    geometry, cells = network.geometry, _cells(counted, network.geometry.grid)
    used = np.flatnonzero(cells.any(axis=(1, 2)))
    options = [[_around(cells, 0, len(cells), geometry.grid)]]
    for cut in range(used[0] + 1, used[-1] + 1):
        options.append([_around(cells, 0, cut, geometry.grid), _around(cells, cut, len(cells), geometry.grid)])
    return min(options, key=lambda tiles: sum(network.macs(geometry.input_shape(tile.shape)) for tile in tiles))


def _cells(counted: np.ndarray, grid: Triple) -> np.ndarray:
    """Return which cells of the grid hold a voxel that counts: far fewer are looked at again and again."""
    counted = np.pad(counted, [(0, -n % step) for n, step in zip(counted.shape, grid, strict=True)])
    for axis, step in enumerate(grid):
        counted = np.logical_or.reduce([counted[(slice(None),) * axis + (slice(first, None, step),)]
                                        for first in range(step)])
    return counted


def _around(cells: np.ndarray, low: int, high: int, grid: Triple) -> Tile:
    """Return the smallest block around the cells that count from layer ``low`` up to ``high``."""
    box = bounding_box(cells[low:high])
    if box is None:
        raise ValueError("There is nothing to compute in this part.")
    z, y, x = box
    start = three(n * step for n, step in zip((low + z.start, y.start, x.start), grid, strict=True))
    return Tile(start, three(n * step for n, step in zip(box_shape(box), grid, strict=True)))
