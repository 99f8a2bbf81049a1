"""How much of a lesion's surface touches bone: the sign of a false positive at the skull base."""

from __future__ import annotations

import numpy as np

from icac.calcium import is_calcium_dense
from icac.geometry import Frame
from icac.lesions.slices import face_areas_mm2

#: Shares from which on contact is told at all, and from which on it makes a lesion doubtful; and the classes by which
#: lesions are counted, from their lower ends. Choices, not fitted to data.
TOLD_FROM, DOUBTFUL_FROM = 0.01, 0.3
CLASSES = (0.0, TOLD_FROM, 0.1, DOUBTFUL_FROM)

#: Words for reports.
DEFINITION = (
    "Share (0 to 1) of a lesion's surface that touches voxels of at least 130 HU outside the lesion. The "
    "surface is the sum of the physical areas of all voxel faces between a voxel of the lesion and a voxel "
    "outside it; faces on the border of the scan count as surface without contact."
)


def touches_bone(share: float) -> bool:
    """Tell whether a share of the surface that touches bone is worth telling."""
    return share >= TOLD_FROM


def is_doubtful(share: float) -> bool:
    """Tell whether so large a share of the surface touches bone that calcium may be bone instead."""
    return share >= DOUBTFUL_FROM


def bone_contact(lesion: np.ndarray, hu: np.ndarray, frame: Frame, others: np.ndarray | None = None) -> float:
    """Measure the share of a lesion's surface that touches dense tissue outside it; see :data:`DEFINITION`.

    Dense tissue outside the lesion is bone in most cases, but may be calcium that was not segmented. Components of a
    mask never touch each other; lesions that a reviewer split do, and do not count as bone if they are given.

    Parameters
    ----------
    lesion : numpy.ndarray of bool
        One lesion, shape (z, y, x); with one voxel of margin where the scan has it, if cropped from a scan.
    hu : numpy.ndarray
        CT numbers in HU, same shape.
    frame : Frame
        Supplies the voxel axes, which may be sheared: the face across axis i has the area |axis j x axis k|.
    others : numpy.ndarray of bool, optional
        Voxels of other lesions, same shape.

    Returns
    -------
    float
        0 to 1; 0 for an empty lesion.

    """
    dense_outside = np.pad(is_calcium_dense(hu) & ~(lesion if others is None else lesion | others), 1)
    inside = np.pad(lesion, 1)
    surface = contact = 0.0
    for array_axis, area in enumerate(face_areas_mm2(frame)[::-1]):
        for step in (-1, 1):
            # np.roll wraps, but only within the margin of one empty voxel that the padding added.
            faces = inside & ~np.roll(inside, step, axis=array_axis)
            surface += area * np.count_nonzero(faces)
            contact += area * np.count_nonzero(faces & np.roll(dense_outside, step, axis=array_axis))
    return float(contact / surface) if surface else 0.0
