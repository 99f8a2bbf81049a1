"""Voxel axes in one order, whatever the file: what is computed must not depend on how voxels are stored."""

from __future__ import annotations

from itertools import permutations

import numpy as np

from icac.geometry.frame import Frame
from icac.geometry.volume import Volume


def upright_order(frame: Frame) -> tuple[int, int, int]:
    """Return which voxel axes (0 is x) run nearest to left-right, front-back and foot-head, in this order."""
    return max(permutations((0, 1, 2), 3), key=lambda axes: sum(abs(frame.direction[row, axis])
                                                                for row, axis in enumerate(axes)))


def upright(volume: Volume) -> Volume:
    """Return a volume with its voxel axes reordered and flipped to run nearest to left, posterior and superior.

    Every voxel keeps its value and its place; the voxels are shared.
    """
    order = upright_order(volume.frame)
    array = volume.array.transpose([2 - axis for axis in order[::-1]])
    affine = volume.frame.affine[:, [*order, 3]].copy()
    for row in range(3):
        if affine[row, row] < 0:
            last = array.shape[2 - row] - 1
            array = np.flip(array, 2 - row)
            affine[:3, 3] += last * affine[:3, row]
            affine[:3, row] *= -1
    return Volume(array, Frame(affine, array.shape[::-1]))


def rotation_of(frame: Frame) -> np.ndarray:
    """Return how the axes of an upright frame are turned against LPS, 3 x 3, by its x axis and the plane of x and y.

    What is left of the axes is upper triangular: spacings, and the shear of a tilted gantry.
    """
    q, r = np.linalg.qr(frame.affine[:3, :3])
    rotation = q * np.sign(np.diag(r))
    return rotation if np.linalg.det(rotation) > 0 else np.eye(3)
