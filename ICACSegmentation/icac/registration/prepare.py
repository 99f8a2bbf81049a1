"""The coarse copy of a scan on which registration works: regular, 2 mm, without table and head holder."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import SimpleITK as sitk  # noqa: N813
from scipy import ndimage

from icac.errors import RegistrationError
from icac.geometry import Frame, Volume

#: Voxel size in mm of the copy. Its averages are the 4 and 8 mm images that are registered.
SPACING_MM = 2.0
#: HU given to air, and to whatever is not part of the head.
AIR_HU = -1000.0
#: HU above which a voxel of the copy is tissue (of the head, the table, the pillow).
TISSUE_HU = -300.0
#: HU range that counts from no bone (0) to full bone (1). Thick slices blur thin bone down to some 300 HU.
BONE_HU = (150.0, 1150.0)
#: A separate object belongs to the head if it holds at least this share of all bone.
HEAD_BONE_SHARE = 0.05
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
        return volume if factor == 1 else Volume.from_sitk(sitk.BinShrink(volume.to_sitk(), [factor] * 3))

    def _levels(self, array: np.ndarray) -> dict[int, Volume]:
        return {factor: self.averaged(array, factor) for factor in (1, 2, 4)}


def bone_map(hu: np.ndarray) -> np.ndarray:
    """Map HU to the share of bone, float32 from 0 (soft tissue) to 1 (compact bone)."""
    low, high = BONE_HU
    return np.clip((hu - low) / (high - low), 0.0, 1.0).astype(np.float32)


def working_copy(ct: Volume) -> WorkingCopy:
    """Average and resample a CT to the 2 mm working copy.

    Parameters
    ----------
    ct : Volume
        HU, (z, y, x), on any frame: oblique, sheared, thick slices.

    Raises
    ------
    RegistrationError
        If the volume is too small, too long or has no voxel with a skull's density.

    """
    spacing = np.asarray(ct.frame.spacing)
    extent = spacing * ct.frame.size
    if min(ct.frame.size) < 2 or extent.min() < 20.0 or extent.max() > LONGEST_SIDE_MM:
        sides = " x ".join(f"{side:.0f}" for side in extent)
        raise RegistrationError(
            f"The scan measures {sides} mm, which does not hold a skull base; choose the series of the whole head.")
    hu = np.nan_to_num(ct.array, nan=AIR_HU, posinf=AIR_HU, neginf=AIR_HU) if ct.array.dtype.kind == "f" else ct.array
    # Whole limits keep int16, of which floats would make a copy four times as large.
    image = ct.like(np.clip(hu, int(AIR_HU), 3000).astype(np.int16, copy=False)).to_sitk()
    factors = np.clip((SPACING_MM / spacing + 0.25).astype(int), 1, ct.frame.size)
    small = Volume.from_sitk(sitk.BinShrink(image, factors.tolist()))
    frame = _enclosing_frame(small.frame)
    resampled = small.resample(frame, outside=AIR_HU).array.astype(np.float32)
    inside = small.like(np.ones(small.array.shape, np.uint8)).resample(frame, interpolation="nearest").array > 0
    copy = WorkingCopy(Volume(_only_head(resampled), frame), inside)
    bone_ml = float(copy.bone[1].array.sum()) * SPACING_MM**3 / 1000.0
    if bone_ml < LEAST_BONE_ML:
        raise RegistrationError(f"The scan holds no skull ({bone_ml:.0f} ml of bone density); check that it is a head "
                                "CT in Hounsfield units.")
    return copy


def _enclosing_frame(frame: Frame) -> Frame:
    """Return the LPS-aligned 2 mm grid that encloses a frame."""
    corners = np.array(np.meshgrid(*[(-0.5, n - 0.5) for n in frame.size], indexing="ij")).reshape(3, -1).T
    points = frame.to_lps(corners)
    low, high = points.min(axis=0), points.max(axis=0)
    size = np.ceil((high - low) / SPACING_MM).astype(int)
    return Frame.regular((SPACING_MM,) * 3, tuple(size), center=tuple((low + high) / 2))


def _only_head(hu: np.ndarray) -> np.ndarray:
    """Set to air all that does not hang together with a good share of the bone: table, head holder, cables."""
    shrunk = hu[::2, ::2, ::2]
    tissue = shrunk > TISSUE_HU
    labels, count = ndimage.label(ndimage.binary_opening(tissue) | (shrunk > BONE_HU[0]))
    if count < 2:
        return hu
    bone = ndimage.sum_labels(bone_map(shrunk), labels, np.arange(1, count + 1))
    keep = np.concatenate([[False], bone >= HEAD_BONE_SHARE * bone.sum()])
    head = ndimage.binary_dilation(keep[labels], iterations=2)
    head = head.repeat(2, 0).repeat(2, 1).repeat(2, 2)[:hu.shape[0], :hu.shape[1], :hu.shape[2]]
    return np.where(head, hu, np.float32(AIR_HU))
