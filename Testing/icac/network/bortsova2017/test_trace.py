from __future__ import annotations

import math

import pytest
from icac.network import FcnConfig
from icac.network.bortsova2017 import trace
from icac.network.bortsova2017.layout import Merge

GEOMETRY = FcnConfig().geometry


def test_the_numbers_of_the_paper():
    assert GEOMETRY.receptive_field == (37, 85, 85)
    assert GEOMETRY.grid == (2, 4, 4)
    assert GEOMETRY.output_shape((98, 178, 178)) == (62, 96, 96)
    assert GEOMETRY.offset == (18, 41, 41)


@pytest.mark.parametrize(("size", "expected"), [(85, 4), (88, 4), (89, 8), (177, 96), (180, 96), (181, 100),
                                                (240, 156), (321, 240)])
def test_output_size_in_plane(size, expected):
    assert GEOMETRY.output_shape((37, size, size))[1:] == (expected, expected)


@pytest.mark.parametrize(("size", "expected"), [(37, 2), (38, 2), (39, 4), (97, 62), (98, 62), (99, 64),
                                                (135, 100)])
def test_output_size_in_z(size, expected):
    assert GEOMETRY.output_shape((size, 85, 85))[0] == expected


def test_output_size_is_a_staircase_for_every_phase():
    for n in range(85, 140):
        assert GEOMETRY.output_shape((37, n, n))[2] == 4 * ((n - 81) // 4)
    for n in range(37, 80):
        assert GEOMETRY.output_shape((n, 85, 85))[0] == 2 * ((n - 35) // 2)


@pytest.mark.parametrize("axis", range(3))
def test_the_closed_form_says_what_following_the_layers_says(axis):
    for n in range(GEOMETRY.receptive_field[axis], 200):
        shape = [max(n, field) for field in GEOMETRY.receptive_field]
        shape[axis] = n
        assert GEOMETRY.output_shape(tuple(shape))[axis] == trace._last(trace.trace(n, axis)).size


@pytest.mark.parametrize("shape", [(36, 85, 85), (37, 84, 85), (37, 85, 20), (1, 1, 1)])
def test_too_small_an_input_is_refused(shape):
    with pytest.raises(ValueError, match="too small"):
        GEOMETRY.output_shape(shape)


def test_padding_of_the_network_grid_gives_exactly_that_grid():
    assert GEOMETRY.input_shape((100, 240, 240)) == (135, 321, 321)
    assert GEOMETRY.margins((100, 240, 240)) == ((18, 17), (41, 40), (41, 40))
    assert GEOMETRY.output_shape((135, 321, 321)) == (100, 240, 240)


def test_input_is_the_smallest_that_covers_the_box():
    for n in range(1, 40):
        shape = GEOMETRY.input_shape((n, n, n))
        out = GEOMETRY.output_shape(shape)
        assert all(size >= n for size in out)
        for axis, step in enumerate(GEOMETRY.grid):
            smaller = tuple(s - (a == axis) for a, s in enumerate(shape))
            assert n <= step or GEOMETRY.output_shape(smaller)[axis] < n


def test_windows_are_the_receptive_field_and_shared_within_a_cell():
    for index in [(0, 0, 0), (1, 2, 3), (4, 9, 7), (31, 62, 95)]:
        window = GEOMETRY.window(index)
        assert tuple(last - first + 1 for first, last in window) == GEOMETRY.receptive_field
        starts = tuple(i - i % step for i, step in zip(index, GEOMETRY.grid, strict=True))
        assert tuple(first for first, _ in window) == starts


def test_every_input_size_has_room_for_every_crop():
    for axis, sizes in enumerate((range(37, 60), range(85, 120), range(85, 120))):
        for n in sizes:
            maps = trace.trace(n, axis)
            out = trace._last(maps)
            for stage in trace._stages():
                if isinstance(stage, Merge):
                    end = trace.skip_crop(stage)[axis] + maps[f"{stage.name} up"].size
                    assert end <= maps[stage.skip].size
            for block in ("B1", "B3", "B4", "B5", "B7", "B8"):
                end = trace.head_crop(block)[axis] + out.size
                assert end <= maps[block].size * trace.head_factor(block)[axis]


def test_all_paths_lie_within_half_a_voxel_of_the_output():
    for axis in range(3):
        maps = trace._large(False)[axis]
        out = trace._last(maps).position
        for block in ("B1", "B3", "B4", "B5", "B7", "B8"):
            placed = maps[block].upsampled(maps[block].jump).position + trace.head_crop(block)[axis]
            assert abs(placed - out) <= 0.5
        assert math.ceil(out) - out == 0.5
