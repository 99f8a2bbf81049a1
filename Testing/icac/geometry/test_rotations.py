"""Rotations are those of SciPy, to the last digits."""

from __future__ import annotations

import numpy as np
import pytest
from icac.geometry.rotations import cube_turns, rotation_matrix, rotation_vector
from scipy.spatial.transform import Rotation


@pytest.mark.parametrize("angle", [0.0, 1e-9, 9e-4, 1.1e-3, 0.5, 2.0, 3.1, np.pi])
def test_vectors_and_matrices_are_those_of_scipy(angle):
    random = np.random.default_rng(6)
    for _ in range(50):
        vector = random.normal(size=3)
        vector *= angle / np.linalg.norm(vector)
        matrix = Rotation.from_rotvec(vector).as_matrix()
        np.testing.assert_allclose(rotation_matrix(vector), matrix, rtol=0, atol=1e-15)
        found = rotation_vector(matrix)
        np.testing.assert_allclose(found, Rotation.from_matrix(matrix).as_rotvec(), rtol=0, atol=1e-12)
        np.testing.assert_allclose(rotation_matrix(found), matrix, rtol=0, atol=1e-14)


def test_a_cube_has_twenty_four_turns_without_mirroring():
    turns = cube_turns()
    assert len({turn.tobytes() for turn in turns}) == 24
    assert all(np.array_equal(turn @ turn.T, np.eye(3)) and np.linalg.det(turn) > 0 for turn in turns)
    angles = sorted(np.degrees(np.linalg.norm(rotation_vector(turn))) for turn in turns)
    assert angles == pytest.approx([0.0] + 6 * [90.0] + 8 * [120.0] + 9 * [180.0])
