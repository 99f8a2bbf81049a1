from __future__ import annotations

import numpy as np
import pytest
from icac.anatomy import Side
from icac.simulate.patient.wall import Wall


@pytest.fixture(scope="module")
def wall(courses):
    return Wall(courses[Side.LEFT])


def test_tube_coordinates_and_points_are_inverse(wall):
    rng = np.random.default_rng(0)
    s = rng.uniform(5, wall.length_mm - 5, 300)
    theta, r = rng.uniform(-3, 3, 300), rng.uniform(0.5, 2.5, 300)
    back = wall.coordinates(wall.points(s, theta, r), (0, wall.length_mm))
    # Where the vessel bends, points inside the bend are nearest to a neighbouring part of the centreline.
    assert np.median(np.abs(back[0] - s)) < 0.02
    assert np.median(np.abs((back[1] - theta + np.pi) % (2 * np.pi) - np.pi)) < 0.005
    np.testing.assert_allclose(back[2], r, atol=0.05)


def test_frame_is_orthonormal_and_does_not_twist(wall):
    np.testing.assert_allclose(np.einsum("ij,ij->i", wall.normal, wall.tangent), 0, atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(wall.binormal, axis=1), 1, atol=1e-9)
    turn = np.einsum("ij,ij->i", np.diff(wall.normal, axis=0), wall.binormal[:-1])
    assert np.abs(turn).max() < 0.01


def test_posterosuperior_wall_faces_up_and_back(wall):
    s = wall.length_mm * 0.6
    theta = wall.posterosuperior_theta(s)
    up = wall.points(np.array([s]), np.array([theta]), np.array([2.0]))[0]
    down = wall.points(np.array([s]), np.array([theta + np.pi]), np.array([2.0]))[0]
    assert (up - down) @ (0, 1, 1) > 0
