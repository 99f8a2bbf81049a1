"""Boxes of voxels, on arrays that differ along every axis."""

import numpy as np
import pytest
from icac.geometry import Frame, Volume
from icac.geometry.box import (
    bounding_box,
    box_of,
    box_shape,
    overlap,
    placed,
    relative,
    span,
    voxels_in,
    whole_box,
    widen,
)

SHAPE = (7, 11, 13)


def mask_with(*voxels: tuple[int, int, int]) -> np.ndarray:
    mask = np.zeros(SHAPE, dtype=bool)
    mask[tuple(np.array(voxels).T)] = True
    return mask


def test_a_bounding_box_is_the_smallest():
    assert bounding_box(mask_with((2, 4, 9), (3, 3, 12))) == (slice(2, 4), slice(3, 5), slice(9, 13))
    assert bounding_box(np.zeros(SHAPE, dtype=bool)) is None


def test_borders_on_a_grid_lie_outside_the_smallest_box():
    found = bounding_box(mask_with((2, 4, 9), (3, 3, 12)), (3, 2, 5))
    assert found == (slice(0, 6), slice(2, 6), slice(5, 15))


def test_a_widened_box_ends_with_the_array():
    box = (slice(0, 2), slice(5, 6), slice(9, 13))
    assert widen(box, 1, SHAPE) == (slice(0, 3), slice(4, 7), slice(8, 13))
    assert widen(box, (3, 1, 0), SHAPE) == (slice(0, 5), slice(4, 7), slice(9, 13))
    assert widen(box, np.array([3, 1, 0])) == (slice(-3, 5), slice(4, 7), slice(9, 13))


def test_boxes_are_joined_and_cut():
    one, other = (slice(0, 2), slice(5, 6), slice(9, 13)), (slice(1, 4), slice(2, 6), slice(0, 10))
    assert span([one, other]) == (slice(0, 4), slice(2, 6), slice(0, 13))
    assert overlap(one, other) == (slice(1, 2), slice(5, 6), slice(9, 10))
    assert overlap(one, (slice(2, 4), slice(2, 6), slice(0, 10))) is None  # they only touch


def test_counting_from_an_outer_box_and_back():
    outer, box = (slice(1, 6), slice(2, 9), slice(3, 12)), (slice(2, 4), slice(2, 6), slice(5, 9))
    assert relative(box, outer) == (slice(1, 3), slice(0, 4), slice(2, 6))
    assert placed(relative(box, outer), outer) == box


def test_voxels_are_those_of_the_whole_array():
    mask = mask_with((2, 4, 9), (3, 3, 12))
    box = bounding_box(mask)
    np.testing.assert_array_equal(voxels_in(box, mask[box]), np.argwhere(mask))


def test_axis_orders():
    assert box_of((3, 2, 1), (9, 7, 5)) == (slice(1, 6), slice(2, 9), slice(3, 12))
    assert box_shape(box_of((3, 2, 1), (9, 7, 5))) == (5, 7, 9)
    assert box_shape(whole_box(SHAPE)) == SHAPE


@pytest.mark.parametrize("margin", [0, 1])
def test_the_part_of_a_volume_lies_where_its_voxels_lie(margin: int):
    affine = np.array([[0.4, 0.1, 0.0, -7], [-0.1, 0.4, 0.3, 5], [0.0, 0.0, 1.5, 20], [0, 0, 0, 1]])
    volume = Volume(np.arange(np.prod(SHAPE)).reshape(SHAPE), Frame(affine, SHAPE[::-1]))
    box = widen(bounding_box(mask_with((2, 4, 9), (3, 3, 11))), margin, SHAPE)
    part = volume.part(box)
    last = np.array(part.frame.size) - 1
    whole_index = last + [s.start for s in reversed(box)]
    np.testing.assert_allclose(part.frame.to_lps(last), volume.frame.to_lps(whole_index))
    assert part.array[tuple(last[::-1])] == volume.array[tuple(whole_index[::-1])]
