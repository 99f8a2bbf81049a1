"""Which voxels of one frame hold another."""

from __future__ import annotations

import itertools

import numpy as np

from icac.geometry.frame import Frame
from icac.three import three

Size = tuple[int, int, int]


def covered_block(grid: Frame, scan: Frame, grid_to_scan: np.ndarray) -> tuple[Size, Size]:
    """Return start and size, (x, y, z), of the smallest block of scan voxels that holds all of a grid's.

    Parameters
    ----------
    grid, scan : Frame
    grid_to_scan : numpy.ndarray
        4 x 4; maps LPS mm of the grid's space to LPS mm of the scan's space.

    """
    corners = grid.to_lps(list(itertools.product(*((-0.5, n - 0.5) for n in grid.size))))
    index = scan.to_index(corners @ grid_to_scan[:3, :3].T + grid_to_scan[:3, 3])
    start = np.clip(np.floor(index.min(axis=0)), 0, scan.size).astype(int)
    stop = np.clip(np.ceil(index.max(axis=0)) + 1, 0, scan.size).astype(int)
    return three(int(s) for s in start), three(int(n) for n in np.maximum(stop - start, 0))
