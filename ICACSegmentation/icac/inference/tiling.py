"""Cutting the output of the network into tiles that together equal one pass over the whole.

A network gives the same output for a tile as for the whole where the tile begins at a multiple of its grid
(:class:`icac.network.Geometry`), so every tile here does. Shapes are (z, y, x).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from icac.geometry import three
from icac.network.interface.geometry import Geometry, Triple

#: A tile is not cut smaller than this: nearly all of its input would be margin.
SMALLEST_TILE: Triple = (8, 16, 16)


@dataclass(frozen=True)
class Tile:
    """A block of the output.

    Attributes
    ----------
    start, shape : tuple of int
        In voxels of the output, (z, y, x).

    """

    start: Triple
    shape: Triple

    @property
    def output(self) -> tuple[slice, slice, slice]:
        """Where the tile lies in the output."""
        return three(slice(s, s + n) for s, n in zip(self.start, self.shape, strict=True))

    def input(self, geometry: Geometry) -> tuple[slice, slice, slice]:
        """Return the part of the input that a network of this geometry needs for the tile."""
        return three(slice(s, s + n) for s, n in zip(self.start, geometry.input_shape(self.shape), strict=True))

    def cut(self, tile: Triple, grid: Triple, overlap: Triple = (0, 0, 0)) -> list[Tile]:
        """Return the tiles of at most shape ``tile`` that cover this block, see :func:`plan`.

        The overlap is at most half of the tile, as that may have been made small.
        """
        overlap = three(min(o, n // 2) for o, n in zip(overlap, tile, strict=True))
        return [Tile(three(a + b for a, b in zip(self.start, small.start, strict=True)), small.shape)
                for small in plan(self.shape, tile, grid, overlap)]


def fit_tile(tile: Triple, output: Triple, grid: Triple) -> Triple:
    """Return ``tile`` rounded down to the grid of the network and made no larger than ``output``."""
    return three(max(step, min(int(n) // step * step, whole))
                 for n, step, whole in zip(tile, grid, output, strict=True))


def halve(tile: Triple, grid: Triple) -> Triple | None:
    """Return ``tile`` with its longest side halved, on the grid; None if it is as small as it may be."""
    least = three(-(-n // step) * step for n, step in zip(SMALLEST_TILE, grid, strict=True))
    axis = max(range(3), key=lambda a: tile[a] / least[a])
    if tile[axis] <= least[axis]:
        return None
    step = grid[axis]
    half = max(-(-tile[axis] // (2 * step)) * step, least[axis])
    return three(half if a == axis else n for a, n in enumerate(tile))


def _starts(whole: int, tile: int, overlap: int) -> list[int]:
    """Return the fewest starts that cover ``whole``; the last tile is moved back to end with it."""
    step = tile - overlap
    return [min(s, whole - tile) for s in range(0, max(whole - overlap, 1), step)]


def plan(output: Triple, tile: Triple, grid: Triple, overlap: Triple = (0, 0, 0)) -> list[Tile]:
    """Return the tiles that cover the output of one input.

    Parameters
    ----------
    output : tuple of int
        Shape (z, y, x) of the whole output, as the geometry of the network gives it.
    tile : tuple of int
        Largest shape of a tile; it is rounded down to the grid.
    grid : tuple of int
        Of the network: tiles begin at multiples of it.
    overlap : tuple of int
        Voxels that neighbours share at least; rounded up to the grid.

    Raises
    ------
    ValueError
        If the overlap is not smaller than the tile.

    """
    tile = fit_tile(tile, output, grid)
    overlap = three(-(-int(o) // step) * step if n < whole else 0
                    for o, step, n, whole in zip(overlap, grid, tile, output, strict=True))
    if any(not 0 <= o < n for o, n in zip(overlap, tile, strict=True)):
        raise ValueError(f"The overlap {overlap} of tiles must be smaller than the tiles {tile}.")
    starts = (_starts(*sizes) for sizes in zip(output, tile, overlap, strict=True))
    return [Tile(three(start), tile) for start in itertools.product(*starts)]
