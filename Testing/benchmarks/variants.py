"""The same scan in other forms: what must not change a measurement.

Every form keeps the voxels of the head, so that nothing but their storage, their place or what lies around
them differs.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from icac.geometry import Frame, Volume
from icac.geometry.box import bounding_box
from scipy.spatial.transform import Rotation

#: HU from which a voxel is not air.
AIR_BELOW_HU = -500

Change = Callable[[Volume], tuple[Volume, np.ndarray]]


def cut_air(volume: Volume) -> tuple[Volume, np.ndarray]:
    """Cut the air in front, behind and beside away, but for 3 mm."""
    _, *tight = bounding_box(volume.array > AIR_BELOW_HU)
    edge = np.ceil(3.0 / np.array(volume.frame.spacing)[[1, 0]]).astype(int)
    y, x = (slice(max(s.start - e, 0), min(s.stop + e, n))
            for s, e, n in zip(tight, edge, volume.array.shape[1:], strict=True))
    return _cut(volume, x, y, slice(0, volume.array.shape[0])), np.eye(4)


def shifted_cut(volume: Volume) -> tuple[Volume, np.ndarray]:
    """Cut 7, 5, 3 and 2 voxels off the four sides."""
    _, y, x = volume.array.shape
    return _cut(volume, slice(7, x - 5), slice(3, y - 2), slice(0, volume.array.shape[0])), np.eye(4)


def without_end_slices(volume: Volume) -> tuple[Volume, np.ndarray]:
    """Leave the first and the last slice out."""
    z, y, x = volume.array.shape
    return _cut(volume, slice(0, x), slice(0, y), slice(1, z - 1)), np.eye(4)


def other_axes(volume: Volume) -> tuple[Volume, np.ndarray]:
    """Store x, y and z as z, x and y."""
    affine = volume.frame.affine[:, [2, 0, 1, 3]]
    array = np.ascontiguousarray(volume.array.transpose(1, 2, 0))
    return Volume(array, Frame(affine, array.shape[::-1])), np.eye(4)


def flipped(volume: Volume) -> tuple[Volume, np.ndarray]:
    """Store x and z from the other end."""
    affine = volume.frame.affine.copy()
    for axis in (0, 2):
        affine[:3, 3] += (volume.frame.size[axis] - 1) * affine[:3, axis]
        affine[:3, axis] *= -1
    return Volume(np.ascontiguousarray(volume.array[::-1, :, ::-1]), Frame(affine, volume.frame.size)), np.eye(4)


def moved(volume: Volume) -> tuple[Volume, np.ndarray]:
    """Turn the scan by 10 degrees about an oblique axis and shift it by 60 mm, voxels and all."""
    motion = np.eye(4)
    motion[:3, :3] = Rotation.from_rotvec(np.radians(10) * np.array([0.6, -0.48, 0.64])).as_matrix()
    motion[:3, 3] = (31.3, -42.1, 29.7)
    return Volume(volume.array, Frame(motion @ volume.frame.affine, volume.frame.size)), motion


def _cut(volume: Volume, x: slice, y: slice, z: slice) -> Volume:
    block = volume.crop((x.start, y.start, z.start), (x.stop - x.start, y.stop - y.start, z.stop - z.start))
    return block.like(block.array.copy())


#: Name to change; each returns the new volume and the 4 x 4 motion of the head in it, LPS mm.
VARIANTS: dict[str, Change] = {"air cut away": cut_air, "cut by some voxels": shifted_cut,
                               "end slices left out": without_end_slices, "other order of axes": other_axes,
                               "axes flipped": flipped, "turned by 10 degrees": moved}
