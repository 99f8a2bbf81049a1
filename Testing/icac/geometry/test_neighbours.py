"""Masks grown, closed and filled: voxel by voxel as SciPy has them."""

import numpy as np
import pytest
from icac.geometry.neighbours import ball, closed_in_plane, dilated, disc, without_holes
from scipy import ndimage

SHAPES = [(20, 30, 40), (3, 50, 50), (1, 9, 9)]


def masks(shape):
    random = np.random.default_rng(5)
    return [*(random.random(shape) < share for share in (0.02, 0.3, 0.5, 0.7, 0.95)), np.zeros(shape, bool),
            np.ones(shape, bool)]


def round_disc(radius):
    y, x = np.ogrid[-radius:radius + 1, -radius:radius + 1]
    return (x**2 + y**2 <= radius**2 + 0.5)[None]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("radius", [1, 2, 3, 4])
def test_discs_close_as_scipy_closes(shape, radius):
    for mask in masks(shape):
        assert np.array_equal(dilated(mask, disc(radius)), ndimage.binary_dilation(mask, round_disc(radius)))
        padded = np.pad(mask, ((0, 0), (radius, radius), (radius, radius)))
        expected = ndimage.binary_closing(padded, round_disc(radius))[:, radius:-radius, radius:-radius]
        assert np.array_equal(closed_in_plane(mask, radius), expected)


@pytest.mark.parametrize("radius", [1.0, 1.75, 2.0, 2.3, 3.5])
def test_balls_reach_as_far_as_distances(radius):
    for mask in masks((12, 20, 24))[:-2]:
        assert np.array_equal(dilated(mask, ball(radius)), ndimage.distance_transform_edt(~mask) <= radius)


def test_nothing_grows_from_nothing():
    assert not dilated(np.zeros((5, 6, 7), bool), ball(2.0)).any()


@pytest.mark.parametrize("shape", SHAPES)
def test_holes_are_filled_plane_by_plane(shape):
    for mask in masks(shape):
        assert np.array_equal(without_holes(mask), [ndimage.binary_fill_holes(plane) for plane in mask])
