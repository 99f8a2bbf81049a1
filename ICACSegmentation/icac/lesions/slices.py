"""Which voxel axis counts slices, and the area and distance of these slices.

A *slice* here is a layer of voxels along the axis that runs most nearly from foot to head. In every scan
stored as axial slices, tilted gantry or not, this is array axis z. Only a file stored as, say, sagittal
layers differs, and there the 2D measures must still be taken on axial layers.
"""

from __future__ import annotations

import numpy as np

from icac.geometry import Frame


def slice_axis(frame: Frame) -> int:
    """Return the voxel axis (0, 1, 2 for i, j, k = x, y, z) that runs most nearly from foot to head."""
    return int(np.argmax(np.abs(frame.direction[2])))


def array_axis(frame: Frame) -> int:
    """Return the numpy axis, in (z, y, x), of the axis :func:`slice_axis`."""
    return 2 - slice_axis(frame)


def face_areas_mm2(frame: Frame) -> np.ndarray:
    """Return the area in mm2 of the voxel face across each voxel axis, shape (3,) for (i, j, k).

    The face across axis i is the parallelogram of the axes j and k, so this holds for sheared frames too.
    """
    i, j, k = frame.affine[:3, :3].T
    return np.linalg.norm([np.cross(j, k), np.cross(k, i), np.cross(i, j)], axis=1)


def slice_pixel_mm2(frame: Frame) -> float:
    """Return the area in mm2 of one voxel within its slice."""
    return float(face_areas_mm2(frame)[slice_axis(frame)])


def slice_increment_mm(frame: Frame) -> float:
    """Return the perpendicular distance in mm between neighbouring slices: voxel volume / pixel area."""
    return frame.voxel_volume_mm3 / slice_pixel_mm2(frame)
