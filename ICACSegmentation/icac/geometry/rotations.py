"""Rotations as matrices and as vectors along their axes, without the quarter of SciPy that its own classes load."""

from __future__ import annotations

from itertools import permutations, product
from math import atan2, cos, sin, sqrt

import numpy as np

#: Below this angle, rad, series are exact to the last digit and quotients are not.
_SMALL = 1e-3


def rotation_matrix(vector: np.ndarray) -> np.ndarray:
    """Return the rotation about a vector by its length in rad, 3 x 3."""
    vx, vy, vz = (float(v) for v in vector)
    angle = sqrt(vx * vx + vy * vy + vz * vz)
    scale = sin(angle / 2) / angle if angle > _SMALL else 0.5 - angle**2 / 48 + angle**4 / 3840
    x, y, z, w = scale * vx, scale * vy, scale * vz, cos(angle / 2)
    return np.array([
        [x * x - y * y - z * z + w * w, 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), -x * x + y * y - z * z + w * w, 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), -x * x - y * y + z * z + w * w]])


def rotation_vector(matrix: np.ndarray) -> np.ndarray:
    """Return the vector along the axis of a rotation, 3 x 3, of the length of its angle: 0 to pi."""
    x, y, z, w = _quaternion(matrix)
    length = sqrt(x * x + y * y + z * z)
    angle = 2 * atan2(length, w)
    scale = angle / sin(angle / 2) if angle > _SMALL else 2 + angle**2 / 12 + 7 * angle**4 / 2880
    return scale * np.array([x, y, z])


def _quaternion(matrix: np.ndarray) -> np.ndarray:
    """Return the unit quaternion (x, y, z, w) of a rotation, w not negative, from its largest part (Shepperd 1978)."""
    trace = float(np.trace(matrix))
    largest = int(np.argmax([*np.diag(matrix), trace]))
    found = np.empty(4)
    if largest == 3:
        found[:] = (matrix[2, 1] - matrix[1, 2], matrix[0, 2] - matrix[2, 0], matrix[1, 0] - matrix[0, 1], 1 + trace)
    else:
        i, j, k = (largest + n for n in range(3))
        j, k = j % 3, k % 3
        found[i] = 1 - trace + 2 * matrix[i, i]
        found[j], found[k] = matrix[j, i] + matrix[i, j], matrix[k, i] + matrix[i, k]
        found[3] = matrix[k, j] - matrix[j, k]
    found /= np.linalg.norm(found)
    return -found if found[3] < 0 else found


def cube_turns() -> list[np.ndarray]:
    """Return the 24 rotations, 3 x 3, that lay a cube on itself."""
    turns = (np.eye(3)[list(axes)] * np.array(signs)[:, None]
             for axes in permutations(range(3)) for signs in product((1.0, -1.0), repeat=3))
    return [turn for turn in turns if np.linalg.det(turn) > 0]
