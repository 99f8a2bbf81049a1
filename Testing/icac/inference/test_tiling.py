from __future__ import annotations

import itertools

import numpy as np
import pytest
from icac.inference.tiling import SMALLEST_TILE, fit_tile, halve, plan
from icac.network import FcnConfig

GEOMETRY = FcnConfig().geometry
GRID = GEOMETRY.grid


@pytest.mark.parametrize("output", [(2, 4, 4), (10, 12, 20), (62, 96, 96), (64, 156, 240)])
@pytest.mark.parametrize("tile", [(9, 15, 22), (31, 40, 80), (62, 96, 96), (500, 500, 500)])
@pytest.mark.parametrize("overlap", [(0, 0, 0), (1, 3, 2)])
def test_tiles_cover_the_output_on_the_stride_grid_and_stay_inside(output, tile, overlap):
    count = np.zeros(output, int)
    whole = GEOMETRY.input_shape(output)
    for part in plan(output, tile, GRID, overlap):
        assert all(s % step == 0 for s, step in zip(part.start, GRID, strict=True))
        assert part.shape == GEOMETRY.output_shape(tuple(s.stop - s.start for s in part.input(GEOMETRY)))
        assert all(s.stop <= n for s, n in zip(part.input(GEOMETRY), whole, strict=True))
        assert all(s.stop <= n for s, n in zip(part.output, output, strict=True))
        count[part.output] += 1
    assert count.min() >= 1


def test_disjoint_tiles_that_divide_the_output_are_disjoint():
    tiles = plan((64, 96, 96), (32, 48, 32), GRID)
    assert len(tiles) == 2 * 2 * 3
    assert sum(np.prod(t.shape) for t in tiles) == 64 * 96 * 96


def test_neighbours_share_at_least_the_overlap():
    starts = sorted({t.start[2] for t in plan((2, 4, 240), (2, 4, 80), GRID, (0, 0, 10))})
    assert starts == [0, 68, 136, 160]


def test_an_overlap_as_large_as_the_tile_is_refused():
    with pytest.raises(ValueError, match="overlap"):
        plan((10, 12, 20), (2, 4, 4), GRID, (1, 3, 2))


def test_fit_tile_rounds_down_to_the_grid_within_the_output():
    assert fit_tile((7, 99, 3), (62, 96, 96), GRID) == (6, 96, 4)


def test_halving_ends_at_the_smallest_tile():
    tile, seen = (100, 240, 240), []
    while tile := halve(tile, GRID):
        seen.append(tile)
        assert all(n % step == 0 for n, step in zip(tile, GRID, strict=True))
    assert seen[-1] == SMALLEST_TILE
    assert all(np.prod(a) > np.prod(b) for a, b in itertools.pairwise(seen))
    assert halve((2, 4, 4), GRID) is None


def test_tiles_are_halved_on_a_coarser_grid_too():
    assert halve((64, 64, 64), (16, 16, 16)) == (32, 64, 64)
    assert halve((24, 24, 24), (24, 24, 24)) is None
