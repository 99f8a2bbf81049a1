"""The features of a network over the part of a head that counts, as one row of numbers, whatever the tiles."""

from __future__ import annotations

import numpy as np

from icac.geometry import three
from icac.inference.tiling import Tile
from icac.network.interface.geometry import Triple


class FeatureCells:
    """Collects the features of the cells of an output, tile by tile.

    Parameters
    ----------
    counted : numpy.ndarray of bool
        (z, y, x) voxels of the output that count; of a shape on the grid.
    grid : tuple of int
        Of the network, whose features have one value for each cell of it.

    """

    def __init__(self, counted: np.ndarray, grid: Triple) -> None:
        (z, c), (y, b), (x, a) = ((n // step, step) for n, step in zip(counted.shape, grid, strict=True))
        self._grid = grid
        self._wanted = counted[:z * c, :y * b, :x * a].reshape(z, c, y, b, x, a).mean(axis=(1, 3, 5)) >= 0.5
        self._values: np.ndarray | None = None

    def put(self, tile: Tile, features: np.ndarray | None) -> None:
        """Take the features (f, z, y, x) of the cells of a tile, which begins on the grid; None of other engines."""
        if features is None:
            return
        if self._values is None:
            self._values = np.full((len(features), *self._wanted.shape), np.nan, np.float32)
        start = three(s // step for s, step in zip(tile.start, self._grid, strict=True))
        room = three(min(n, whole - s) for n, whole, s in
                     zip(features.shape[1:], self._wanted.shape, start, strict=True))
        z, y, x = (slice(s, s + n) for s, n in zip(start, room, strict=True))
        self._values[:, z, y, x] = features[:, :room[0], :room[1], :room[2]]

    def pooled(self) -> np.ndarray | None:
        """Return the mean of each feature over the cells that count, float64 (f,).

        None if no engine gave features, or nothing that counts was computed.
        """
        if self._values is None:
            return None
        found = self._values[:, self._wanted]
        found = found[:, ~np.isnan(found[0])]
        return found.mean(axis=1, dtype=np.float64) if found.size else None
