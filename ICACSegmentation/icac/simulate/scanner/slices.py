"""A scan as the slices it was acquired in, each at its own position: what DICOM stores and no single frame can hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from icac.calcium import is_calcium_dense
from icac.ct.regularize import TOLERANCE_MM, regularize
from icac.geometry import Frame, Volume


@dataclass(frozen=True, eq=False)
class Slices:
    """Parallel slices in the order of their normal.

    Attributes
    ----------
    hu : numpy.ndarray
        (slices, rows, columns).
    positions : numpy.ndarray
        (slices, 3) LPS of the first voxel of each slice, mm.
    orientation : numpy.ndarray
        2 x 3 unit LPS vectors along rows (to the next column) and along columns.
    spacing : tuple of float
        Distance between columns and between rows (x, y), mm.
    thickness_mm : numpy.ndarray
        (slices,) thickness of each slice.

    """

    hu: np.ndarray
    positions: np.ndarray
    orientation: np.ndarray
    spacing: tuple[float, float]
    thickness_mm: np.ndarray

    @classmethod
    def of_volume(cls, volume: Volume, thickness_mm: float) -> Slices:
        """Take a volume apart; its voxel axes x and y must be orthogonal, z may be sheared."""
        frame = volume.frame
        index = np.zeros((len(volume.array), 3))
        index[:, 2] = np.arange(len(index))
        return cls(volume.array, frame.to_lps(index), frame.direction[:, :2].T, frame.spacing[:2],
                   np.full(len(index), thickness_mm))

    @property
    def axes(self) -> np.ndarray:
        """Unit vectors along x, y and the slice normal as the columns of a 3 x 3 matrix."""
        return np.vstack([self.orientation, np.cross(*self.orientation)]).T

    @property
    def is_even(self) -> bool:
        """True if the slices are evenly spaced along one line, so that a frame can hold them."""
        straight = np.linspace(self.positions[0], self.positions[-1], len(self.positions))
        return bool(np.abs(self.positions - straight).max() <= TOLERANCE_MM)

    def with_hu(self, hu: np.ndarray) -> Slices:
        """Return slices at the same places with other values (slices, rows, columns)."""
        return Slices(hu, self.positions, self.orientation, self.spacing, self.thickness_mm)

    def taken(self, numbers: np.ndarray) -> Slices:
        """Return some of the slices."""
        return Slices(self.hu[numbers], self.positions[numbers], self.orientation, self.spacing,
                      self.thickness_mm[numbers])

    def own_frame(self) -> Frame:
        """Return the frame of even slices, sheared if the gantry was tilted."""
        affine = np.eye(4)
        affine[:3, :2] = self.orientation.T * self.spacing
        affine[:3, 2] = (self.positions[-1] - self.positions[0]) / (len(self.positions) - 1)
        affine[:3, 3] = self.positions[0]
        return Frame(affine, self.hu.shape[::-1])

    def as_read(self) -> Volume:
        """Return the volume that readers of the DICOM series get: straight and evenly spaced."""
        return regularize(self.hu, self.positions, self.orientation, self.spacing, self.thickness_mm).volume

    def labels_as_read(self, labels: np.ndarray, hu: Volume) -> Volume:
        """Bring a labelmap (slices, rows, columns) to the voxels of :meth:`as_read`.

        A voxel belongs to the truth if the interpolated mask reaches one half there and the CT 130 HU, and to the
        lesion with the nearest voxel.
        """
        if hu.array is self.hu:
            return hu.like(labels)
        share = self.with_hu((labels > 0).astype(np.float32)).as_read()
        mask = (share.array >= 0.5) & is_calcium_dense(hu.array)
        out = np.zeros(mask.shape, dtype=labels.dtype)
        if mask.any():
            marked = np.argwhere(labels)
            places = self.positions[marked[:, 0]] + (marked[:, :0:-1] * self.spacing) @ self.orientation
            wanted = hu.frame.to_lps(np.argwhere(mask)[:, ::-1])
            out[mask] = labels[tuple(marked[cKDTree(places).query(wanted)[1]].T)]
        return hu.like(out)
