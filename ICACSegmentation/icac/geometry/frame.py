"""The frame of a voxel grid: an affine map from voxel indices to patient space, and a size."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from icac.geometry.box import Box, box_shape
from icac.three import three

#: Largest deviation from orthogonal axes (dot product of unit axes) that still counts as orthogonal.
SHEAR_TOLERANCE = 1e-4

#: Largest coordinate of a patient that makes sense, mm; numbers near the largest that there are overflow when turned.
FARTHEST_MM = 1e5


def lps_to_ras(points: ArrayLike) -> np.ndarray:
    """Turn LPS points (DICOM, SimpleITK) of shape (..., 3) in mm into RAS (MRML), or back."""
    return np.asarray(points, dtype=float) * (-1.0, -1.0, 1.0)


@dataclass(frozen=True, eq=False)
class Frame:
    """Position of a voxel grid in patient space.

    Attributes
    ----------
    affine : numpy.ndarray
        4 x 4; maps homogeneous voxel index (i, j, k) = (x, y, z) to the LPS position of the voxel centre, mm.
        The axes may be oblique or sheared (gantry tilt).
    size : tuple of int
        Number of voxels along (x, y, z).

    """

    affine: np.ndarray
    size: tuple[int, int, int]

    def __post_init__(self) -> None:
        affine = np.array(self.affine, dtype=float)
        if affine.shape != (4, 4) or not np.isfinite(affine).all() or np.linalg.det(affine[:3, :3]) == 0:
            raise ValueError("The affine of a frame must be a finite 4 x 4 matrix with axes that span a volume.")
        affine.setflags(write=False)
        object.__setattr__(self, "affine", affine)
        object.__setattr__(self, "size", tuple(int(n) for n in self.size))

    @classmethod
    def regular(cls, spacing: tuple[float, float, float], size: tuple[int, int, int],
                origin: tuple[float, float, float] | None = None,
                center: tuple[float, float, float] | None = None) -> Frame:
        """Make an axis-aligned frame from spacing (x, y, z) in mm, size (x, y, z), and origin or centre (LPS mm)."""
        affine = np.diag([*map(float, spacing), 1.0])
        if center is not None:
            origin = tuple(np.asarray(center) - 0.5 * (np.asarray(size) - 1) * np.asarray(spacing))
        affine[:3, 3] = (0.0, 0.0, 0.0) if origin is None else origin
        return cls(affine, size)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape of the numpy array of this frame, (z, y, x)."""
        return self.size[::-1]

    @cached_property
    def spacing(self) -> tuple[float, float, float]:
        """Length of the voxel axes (x, y, z) in mm. Their product is not the voxel volume if axes are sheared."""
        return three(float(v) for v in np.linalg.norm(self.affine[:3, :3], axis=0))

    @property
    def origin(self) -> tuple[float, float, float]:
        """LPS position in mm of the centre of voxel (0, 0, 0)."""
        return three(float(v) for v in self.affine[:3, 3])

    @property
    def direction(self) -> np.ndarray:
        """Unit axes as the columns of a 3 x 3 matrix."""
        return self.affine[:3, :3] / np.asarray(self.spacing)

    @cached_property
    def voxel_volume_mm3(self) -> float:
        """Volume of a voxel in mm3: the determinant of the axes, right for sheared frames too."""
        return float(abs(np.linalg.det(self.affine[:3, :3])))

    @property
    def is_sheared(self) -> bool:
        """True if the axes are not orthogonal, as in a gantry-tilted stack that was not resampled."""
        gram = self.direction.T @ self.direction
        return bool(np.abs(gram - np.eye(3)).max() > SHEAR_TOLERANCE)

    @cached_property
    def inverse(self) -> np.ndarray:
        """4 x 4 map from LPS mm to continuous voxel index (i, j, k)."""
        return np.linalg.inv(self.affine)

    def to_lps(self, index: ArrayLike) -> np.ndarray:
        """Map (continuous) voxel indices (i, j, k), shape (..., 3), to LPS mm."""
        return np.asarray(index, dtype=float) @ self.affine[:3, :3].T + self.affine[:3, 3]

    def to_index(self, points: ArrayLike) -> np.ndarray:
        """Map LPS points in mm, shape (..., 3), to continuous voxel indices (i, j, k)."""
        return np.asarray(points, dtype=float) @ self.inverse[:3, :3].T + self.inverse[:3, 3]

    def crop(self, start: tuple[int, int, int], size: tuple[int, int, int]) -> Frame:
        """Return the frame of the block at index ``start`` (x, y, z; may be negative, to pad) of ``size``."""
        affine = self.affine.copy()
        affine[:3, 3] = self.to_lps(np.asarray(start))
        return Frame(affine, size)

    def part(self, box: Box) -> Frame:
        """Return the frame of a box of this frame's array, slices for (z, y, x)."""
        return self.crop(tuple(s.start for s in reversed(box)), box_shape(box)[::-1])

    def matches(self, other: Frame, tolerance_mm: float = 1e-3) -> bool:
        """Tell whether both frames place every voxel within ``tolerance_mm`` of each other."""
        if self.size != other.size:
            return False
        corners = np.array(np.meshgrid(*[(0, n - 1) for n in self.size], indexing="ij")).reshape(3, -1).T
        return bool(np.abs(self.to_lps(corners) - other.to_lps(corners)).max() <= tolerance_mm)


def covered_block(grid: Frame, scan: Frame, grid_to_scan: np.ndarray
                  ) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """Return start and size, (x, y, z), of the smallest block of scan voxels that holds all of a grid's.

    Parameters
    ----------
    grid, scan : Frame
    grid_to_scan : numpy.ndarray
        4 x 4; maps LPS mm of the grid's space to LPS mm of the scan's space.

    """
    corners = grid.to_lps(list(itertools.product(*((-0.5, n - 0.5) for n in grid.size))))
    index = scan.to_index(corners @ grid_to_scan[:3, :3].T + grid_to_scan[:3, 3])
    start = np.clip(np.floor(index.min(axis=0)), 0, scan.size).astype(int)
    stop = np.clip(np.ceil(index.max(axis=0)) + 1, 0, scan.size).astype(int)
    return three(int(s) for s in start), three(int(n) for n in np.maximum(stop - start, 0))
