"""The coarse copy of a scan on which registration works: regular, 2 mm, without table and head holder."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import ndimage

from icac.air import AIR_HU
from icac.ct.head import find_head
from icac.errors import RegistrationError
from icac.geometry import Frame, Volume, averaged_blocks, rotation_of, three, upright
from icac.geometry.box import bounding_box, extent, whole_box

#: Voxel size in mm of the copy. Its averages are the 4 and 8 mm images that are registered.
SPACING_MM = 2.0
#: HU above which a voxel of the copy is tissue (of the head, the table, the pillow).
TISSUE_HU = -300.0
#: HU range that counts from no bone (0) to full bone (1). Thick slices blur thin bone down to some 300 HU.
BONE_HU = (150.0, 1150.0)
#: Bone by which a scan is anchored, and what counts as no denser than this, HU.
DENSE_HU, METAL_HU = 300, 3000
#: Voxels of the largest blocks that are averaged (8 mm), and kept around the head.
BLOCK, MARGIN = 4, 16
#: Least volume of bone in ml, as the sum of the bone map, in which a skull can be recognised.
LEAST_BONE_ML = 20.0
#: Longest side in mm of a scan that is taken for one with a head.
LONGEST_SIDE_MM = 2500.0


@dataclass(frozen=True, eq=False)
class WorkingCopy:
    """A head on a regular LPS grid of :data:`SPACING_MM`.

    Attributes
    ----------
    hu : Volume
        float32 HU, air where nothing was measured and where an object other than the head lies.
    measured : numpy.ndarray
        bool (z, y, x): voxels that lie in the field of view of the scan.

    """

    hu: Volume
    measured: np.ndarray

    @cached_property
    def bone(self) -> dict[int, Volume]:
        """Bone map, float32 from 0 to 1, averaged over blocks of 1, 2 and 4 voxels (2, 4 and 8 mm)."""
        return self._levels(bone_map(self.hu.array))

    @cached_property
    def measured_share(self) -> dict[int, Volume]:
        """Share of every block of 1, 2 and 4 voxels that was measured, float32 from 0 to 1."""
        return self._levels(self.measured.astype(np.float32))

    def averaged(self, array: np.ndarray, factor: int) -> Volume:
        """Average a float array (z, y, x) of this copy over blocks of ``factor`` voxels along every axis."""
        volume = self.hu.like(array)
        return volume if factor == 1 else averaged_blocks(volume, (factor,) * 3)

    def _levels(self, array: np.ndarray) -> dict[int, Volume]:
        return {factor: self.averaged(array, factor) for factor in (1, 2, 4)}


def bone_map(hu: np.ndarray) -> np.ndarray:
    """Map HU to the share of bone, float32 from 0 (soft tissue) to 1 (compact bone)."""
    low, high = BONE_HU
    return np.clip((hu - low) / (high - low), 0.0, 1.0).astype(np.float32)


def working_copy(ct: Volume) -> WorkingCopy:
    """Average and resample a CT to the 2 mm working copy along LPS.

    Parameters
    ----------
    ct : Volume
        HU, (z, y, x), on any frame: oblique, sheared, thick slices.

    Raises
    ------
    RegistrationError
        If the volume is too small, too long or has no voxel with a skull's density.

    """
    _check_size(ct.frame)
    small = _averaged(_clipped(ct))
    resampled, inside = _on_grid(small, _enclosing_frame(small.frame))
    return _checked(WorkingCopy(_only_head(resampled), inside))


def scan_copy(ct: Volume) -> tuple[WorkingCopy, np.ndarray]:
    """Average and resample a scan to a working copy that depends on nothing but its head.

    The copy has the directions of the voxels in their upright order, and its grid is anchored to a voxel of the head.
    So the copy is the same, to rounding, however the voxels are stored, wherever the scan says that they lie, and
    however much air or table was scanned around the head. Air that ends with the field of view goes on beyond it.

    Returns
    -------
    WorkingCopy, numpy.ndarray
        And the 4 x 4 rigid map of its space to the LPS of the scan, mm.

    Raises
    ------
    RegistrationError
        As of :func:`working_copy`.

    """
    _check_size(ct.frame)
    scan = upright(_clipped(ct))
    anchor = _anchor(scan.array)
    to_scan = np.eye(4)
    to_scan[:3, :3], to_scan[:3, 3] = rotation_of(scan.frame), scan.frame.to_lps(anchor)
    own = Volume(scan.array, Frame(np.linalg.inv(to_scan) @ scan.frame.affine, scan.frame.size))
    small = _averaged(own, anchor)
    resampled, inside = _on_grid(small, _anchored_frame(small.frame))
    return _checked(_around_head(_only_head(resampled), inside)), to_scan


def _check_size(frame: Frame) -> None:
    extent = np.multiply(frame.spacing, frame.size)
    if min(frame.size) < 2 or extent.min() < 20.0 or extent.max() > LONGEST_SIDE_MM:
        sides = " x ".join(f"{side:.0f}" for side in extent)
        raise RegistrationError(
            f"The scan measures {sides} mm, which does not hold a skull base; choose the series of the whole head.")


def _checked(copy: WorkingCopy) -> WorkingCopy:
    bone_ml = _bone_ml(copy.bone[1].array)
    if bone_ml < LEAST_BONE_ML:
        raise RegistrationError(f"The scan holds no skull ({bone_ml:.0f} ml of bone density); check that it is a head "
                                "CT in Hounsfield units.")
    return copy


def _bone_ml(bone: np.ndarray) -> float:
    return float(bone.sum()) * SPACING_MM**3 / 1000.0


def _clipped(ct: Volume) -> Volume:
    """Return a CT as int16 from air to metal; one of int16 as it is, since it is clipped when blocks are averaged."""
    if ct.array.dtype == np.int16:
        return ct
    hu = np.nan_to_num(ct.array, nan=AIR_HU, posinf=AIR_HU, neginf=AIR_HU) if ct.array.dtype.kind == "f" else ct.array
    return ct.like(np.clip(hu, AIR_HU, METAL_HU).astype(np.int16, copy=False))


def _anchor(array: np.ndarray) -> np.ndarray:
    """Return the voxel (x, y, z) in the middle of the largest piece of bone in the slice that has most of it.

    Any voxel would do that is the same one in every copy of a scan.
    """
    plane = int(np.argmax([np.count_nonzero(one > DENSE_HU) for one in array]))
    labels, count = ndimage.label(array[plane] > DENSE_HU)
    if count == 0:
        return np.array(array.shape[::-1]) // 2
    largest = np.nonzero(labels == 1 + np.bincount(labels.ravel())[1:].argmax())
    return np.array([int(np.median(largest[1])), int(np.median(largest[0])), plane])


def _averaged(volume: Volume, anchor: np.ndarray | None = None) -> Volume:
    """Average blocks of about 2 mm; one of them begins at the voxel ``anchor`` (x, y, z)."""
    factors = np.clip((SPACING_MM / np.asarray(volume.frame.spacing) + 0.25).astype(int), 1, volume.frame.size)
    first = np.zeros(3, int) if anchor is None else anchor % factors
    part = volume.crop(three(int(n) for n in first), three(int(n) for n in volume.frame.size - first))
    factors = np.minimum(factors, part.frame.size)
    return averaged_blocks(part, three(int(n) for n in factors), AIR_HU, METAL_HU)


def _on_grid(small: Volume, frame: Frame) -> tuple[Volume, np.ndarray]:
    """Resample to a grid: float32 HU with air outside, and which voxels lie in the field of view."""
    hu = small.resample(frame, outside=AIR_HU).array.astype(np.float32)
    inside = small.like(np.ones(small.array.shape, np.uint8)).resample(frame, interpolation="nearest").array > 0
    return Volume(hu, frame), inside


def _extent(frame: Frame) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest and the highest coordinates of a frame with its outermost voxels, mm."""
    corners = np.array(np.meshgrid(*[(-0.5, n - 0.5) for n in frame.size], indexing="ij")).reshape(3, -1).T
    points = frame.to_lps(corners)
    return points.min(axis=0), points.max(axis=0)


def _enclosing_frame(frame: Frame) -> Frame:
    """Return the LPS-aligned 2 mm grid that encloses a frame."""
    low, high = _extent(frame)
    size = np.ceil((high - low) / SPACING_MM).astype(int)
    return Frame.regular((SPACING_MM,) * 3, tuple(size), center=tuple((low + high) / 2))


def _anchored_frame(frame: Frame) -> Frame:
    """Return the 2 mm grid that encloses a frame, in whole blocks of 8 mm from the origin."""
    low, high = _extent(frame)
    block = SPACING_MM * BLOCK
    first, last = np.floor(low / block + 1e-6), np.ceil(high / block - 1e-6)
    return Frame.regular((SPACING_MM,) * 3, tuple((last - first).astype(int) * BLOCK), origin=tuple(first * block))


def _only_head(hu: Volume) -> Volume:
    """Set all that is not the head to air: table, head holder, cables, arms; nothing if too little bone were left."""
    head = hu.like(np.where(find_head(hu.array, SPACING_MM), hu.array, np.float32(AIR_HU)))
    return head if _bone_ml(bone_map(head.array)) >= LEAST_BONE_ML else hu


def _around_head(hu: Volume, inside: np.ndarray) -> WorkingCopy:
    """Cut and extend a grid to a fixed distance around the head, in whole blocks; air at its ends goes on."""
    box = bounding_box(hu.array > TISSUE_HU) or whole_box(hu.array.shape)
    reach = [(s.start // BLOCK * BLOCK - MARGIN, -(-s.stop // BLOCK) * BLOCK + MARGIN) for s in box]
    wanted = [np.arange(*ends) for ends in reach]
    nearest = [np.clip(at, known.start, known.stop - 1) for at, known in zip(wanted, extent(inside), strict=True)]
    z, y, x = (at != near for at, near in zip(wanted, nearest, strict=True))
    beyond = z[:, None, None] | y[:, None] | x
    taken = np.ix_(*nearest)
    near, seen = hu.array[taken], inside[taken]
    frame = hu.frame.crop(three(ends[0] for ends in reach[::-1]), near.shape[::-1])
    return WorkingCopy(Volume(np.where(beyond, np.float32(AIR_HU), near), frame),
                       seen & (~beyond | (near <= TISSUE_HU)))
