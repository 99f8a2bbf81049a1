"""Rasterising small dense objects, calcifications and what looks like them, on a fine grid around them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from icac.geometry import Frame

#: Spacing of the fine grid in mm; the thinnest plates are about 0.5 mm.
FINE_MM = 0.2

#: Edge in mm of the blocks that are tested against a shape's bounding points before its voxels are.
_BLOCK = 6


class Shape(Protocol):
    """What can be painted."""

    def bounding_points(self) -> tuple[np.ndarray, float]:
        """Points (n, 3), head LPS mm, and the distance in mm within which the whole shape lies of any of them."""

    def signed_distance(self, points: np.ndarray) -> np.ndarray:
        """Distance in mm of points (n, 3) to the surface, negative inside; shape (n,)."""

    def density_hu(self, points: np.ndarray) -> np.ndarray:
        """CT number at points (n, 3), shape (n,)."""


@dataclass(eq=False)
class Canvas:
    """Painted shapes on a fine grid.

    Attributes
    ----------
    frame : Frame
        Grid in head space.
    occupancy : numpy.ndarray
        float32 (z, y, x): share of each fine voxel that is filled, 0 to 1.
    hu : numpy.ndarray
        float32 (z, y, x): CT number of what fills it.
    owner : numpy.ndarray
        int16 (z, y, x): index of the shape that fills most of it, -1 where there is none.

    """

    frame: Frame
    occupancy: np.ndarray
    hu: np.ndarray
    owner: np.ndarray

    @classmethod
    def blank(cls, frame: Frame) -> Canvas:
        """Make an empty canvas."""
        return cls(frame, np.zeros(frame.shape, np.float32), np.zeros(frame.shape, np.float32),
                   np.full(frame.shape, -1, np.int16))

    def paint(self, shape: Shape, owner: int) -> None:
        """Add a shape; where shapes meet, the one that fills more of a fine voxel gives its CT number."""
        index = self._voxels_near(*shape.bounding_points())
        if not len(index):
            return
        points = self.frame.to_lps(index)
        occupancy = np.clip(0.5 - shape.signed_distance(points) / self.frame.spacing[0], 0.0, 1.0).astype(np.float32)
        voxels = tuple(index.T[::-1])
        wins = occupancy > self.occupancy[voxels]
        voxels = tuple(axis[wins] for axis in voxels)
        self.occupancy[voxels] = occupancy[wins]
        self.hu[voxels] = shape.density_hu(points[wins])
        self.owner[voxels] = owner

    def _voxels_near(self, points: np.ndarray, reach_mm: float) -> np.ndarray:
        """Voxel indices (n, 3) x, y, z within about ``reach_mm`` of any of the points."""
        centers = self.frame.to_index(points) / _BLOCK
        reach = reach_mm / (self.frame.spacing[0] * _BLOCK) + 1.0
        offsets = np.arange(-int(np.ceil(reach)), int(np.ceil(reach)) + 1)
        ball = np.array(np.meshgrid(offsets, offsets, offsets, indexing="ij")).reshape(3, -1).T
        ball = ball[np.linalg.norm(ball, axis=1) <= reach + 0.5]
        blocks = np.unique((np.floor(centers).astype(int)[:, None] + ball).reshape(-1, 3), axis=0)
        inside = np.array(np.meshgrid(*[np.arange(_BLOCK)] * 3, indexing="ij")).reshape(3, -1).T
        index = (blocks[:, None] * _BLOCK + inside).reshape(-1, 3)
        return index[((index >= 0) & (index < self.frame.size)).all(axis=1)]


def bounds(shapes: Sequence[Shape], to_gantry: Callable[[np.ndarray], np.ndarray]
           ) -> tuple[np.ndarray, np.ndarray]:
    """Corners (low, high) of the box around shapes, in the coordinates to which ``to_gantry`` maps points."""
    low, high = [], []
    for shape in shapes:
        points, reach = shape.bounding_points()
        mapped = to_gantry(points)
        low.append(mapped.min(axis=0) - reach)
        high.append(mapped.max(axis=0) + reach)
    return np.min(low, axis=0), np.max(high, axis=0)
