"""The pose that follows from the skull base alone, whatever else of the head was scanned.

A fit of a whole head rests on its vault and its jaw too: a slice more at either end moves it by a tenth of a
millimetre, and a lesion at the border of what counts falls on the other side. So the head that was found is fitted once
more, from a start on a coarse lattice and on a box around the carotids alone: the same start and the same voxels give
the same pose, to rounding.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from icac.geometry import Volume, three
from icac.geometry.rotations import rotation_matrix, rotation_vector
from icac.registration.bones import BoneFit
from icac.registration.pose import Pose
from icac.registration.prepare import BLOCK, WorkingCopy

#: How far the box reaches from the sella, blocks of 8 mm: to each side, forward and back, down and up. Most head CT
#: begin farther below the carotid canals than that.
REACH_BLOCKS = ((9, 9), (9, 9), (5, 8))

#: Blocks that a box must have along every axis to be fitted.
LEAST_BLOCKS = 5

#: Steps of the lattice on which the fit begins: turns about each axis (degrees), shifts are blocks of 8 mm.
TURN_DEG = 8.0

#: Farthest that the fit may move the carotids, mm: where it does, too little of the skull base was scanned for it.
FARTHEST_MM = 15.0


def settled(scan: WorkingCopy, pose: Pose, points: np.ndarray, fits: Mapping[int, BoneFit]
            ) -> tuple[WorkingCopy, Pose]:
    """Return the box around the skull base, and the bones of the reference fitted to it; or what was given.

    Parameters
    ----------
    scan : WorkingCopy
    pose : Pose
        Where the head was found.
    points : numpy.ndarray
        Of the carotids, (n, 3), LPS mm, reference space.
    fits : mapping of int to BoneFit
        Of the bones of the whole scan, averaged over blocks of so many voxels, the coarsest first.

    """
    box, fit = around(scan, pose), on_lattice(scan, pose)
    if min(box.hu.array.shape) < LEAST_BLOCKS * BLOCK:
        return scan, pose
    for level, whole in fits.items():
        fit = whole.to(box.bone[level], box.measured_share[level]).refine(fit)
    return (scan, pose) if fit.distance_mm(pose, points) > FARTHEST_MM else (box, fit)


def on_lattice(scan: WorkingCopy, pose: Pose) -> Pose:
    """Return the pose of the lattice that is nearest, of a head as large as the reference."""
    matrix = np.eye(4)
    turn = np.degrees(rotation_vector(pose.matrix[:3, :3]))
    matrix[:3, :3] = rotation_matrix(np.radians(np.rint(turn / TURN_DEG) * TURN_DEG))
    matrix[:3, 3] = scan.hu.frame.to_lps(_block(scan, pose) * BLOCK)
    return Pose(matrix)


def around(scan: WorkingCopy, pose: Pose) -> WorkingCopy:
    """Return the blocks of a copy around the skull base, as far as it has them."""
    middle, blocks = _block(scan, pose), np.array(scan.hu.frame.size) // BLOCK
    low, high = np.array(REACH_BLOCKS).T
    start, stop = (np.clip(edge, 0, blocks) * BLOCK for edge in (middle - low, middle + high))
    part = tuple(slice(a, b) for a, b in zip(start[::-1], stop[::-1], strict=True))
    frame = scan.hu.frame.crop(three(int(n) for n in start), three(int(n) for n in stop - start))
    return WorkingCopy(Volume(scan.hu.array[part], frame), scan.measured[part])


def _block(scan: WorkingCopy, pose: Pose) -> np.ndarray:
    """Return the corner of blocks (x, y, z) that is nearest to the sella."""
    return np.rint(scan.hu.frame.to_index(pose.matrix[:3, 3][None])[0] / BLOCK).astype(int)
