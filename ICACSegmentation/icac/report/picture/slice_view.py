"""How one slice of a scan is shown: radiological convention, true proportions, whatever the order of the voxels.

The picture plane is the plane of the slice as it was scanned, so nothing is resliced across a tilted gantry.
The patient's right is on the left of the picture and anterior is up; which voxel axes that means, and in
which direction, follows from the frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import ndimage

from icac.air import OUTSIDE_HU
from icac.geometry import Frame
from icac.lesions.slices import array_axis, slice_axis

#: Letters of the LPS axes: towards plus, towards minus.
_LETTERS = (("L", "R"), ("P", "A"), ("S", "I"))

#: A direction gets a second letter if it leans more than about 20 degrees that way.
_LEAN = 0.35


def direction_letters(direction: np.ndarray) -> str:
    """Name an LPS direction with the letters R L A P S I, the main one first, e.g. ``R`` or ``AS``."""
    direction = np.asarray(direction, dtype=float) / np.linalg.norm(direction)
    order = np.argsort(-np.abs(direction))
    return "".join(_LETTERS[axis][int(direction[axis] < 0)] for axis in order if abs(direction[axis]) > _LEAN)


@dataclass(frozen=True, eq=False)
class Plane:
    """The two directions of a picture of the slices of a frame.

    Plane coordinates (u, v) are mm to the right and downwards in the picture, from voxel (0, 0) of the slice.

    Attributes
    ----------
    frame : Frame

    """

    frame: Frame

    @cached_property
    def axes(self) -> tuple[int, int]:
        """Voxel axes (0, 1, 2 for i, j, k) that run mainly across and mainly down the picture."""
        first, second = (axis for axis in range(3) if axis != slice_axis(self.frame))
        lateral = np.abs(self.frame.direction[0])
        return (first, second) if lateral[first] >= lateral[second] else (second, first)

    @cached_property
    def right(self) -> np.ndarray:
        """LPS unit vector to the right of the picture: towards the patient's left."""
        axis = self.frame.direction[:, self.axes[0]]
        return axis if axis[0] >= 0 else -axis

    @cached_property
    def down(self) -> np.ndarray:
        """LPS unit vector down the picture, perpendicular to ``right`` within the slice: posterior."""
        axis = self.frame.direction[:, self.axes[1]]
        axis = axis - (axis @ self.right) * self.right
        axis = axis / np.linalg.norm(axis)
        return axis if axis[1] >= 0 else -axis

    @cached_property
    def mm_per_index(self) -> np.ndarray:
        """2 x 2 map from in-plane voxel indices (across, down) to plane coordinates."""
        return np.stack([self.right, self.down]) @ self.frame.affine[:3, list(self.axes)]

    def project(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return plane coordinates (n, 2) and slice coordinates (n,; in slices) of LPS points (n, 3) in mm."""
        index = self.frame.to_index(points)
        return index[:, list(self.axes)] @ self.mm_per_index.T, index[:, slice_axis(self.frame)]

    def to_lps(self, uv: np.ndarray, slice_index: float) -> np.ndarray:
        """Return the LPS position in mm of one point of the plane of a slice."""
        index = np.empty(3)
        index[slice_axis(self.frame)] = slice_index
        index[list(self.axes)] = np.linalg.solve(self.mm_per_index, uv)
        return self.frame.to_lps(index)


@dataclass(frozen=True, eq=False)
class SliceView:
    """A rectangle of the picture plane, drawn at a zoom.

    Attributes
    ----------
    plane : Plane
    start : numpy.ndarray
        Plane coordinates (u, v) in mm of the upper left corner of the picture.
    zoom : float
        Pixels per mm.
    size : tuple of int
        Width and height in pixels.

    """

    plane: Plane
    start: np.ndarray
    zoom: float
    size: tuple[int, int]

    @classmethod
    def around(cls, plane: Plane, points_uv: np.ndarray, margin_mm: float, size: tuple[int, int]) -> SliceView:
        """Make the view of ``size`` pixels that shows all points (n, 2) with a margin, as large as possible."""
        low, high = points_uv.min(axis=0) - margin_mm, points_uv.max(axis=0) + margin_mm
        zoom = float(np.min(np.asarray(size) / (high - low)))
        return cls(plane, (low + high) / 2 - np.asarray(size) / (2 * zoom), zoom, size)

    @property
    def center_uv(self) -> np.ndarray:
        """Plane coordinates (u, v) in mm of the middle of the picture."""
        return self.start + np.asarray(self.size) / (2 * self.zoom)

    def center_lps(self, slice_index: float) -> np.ndarray:
        """Return the LPS position in mm of the middle of the picture of a slice."""
        return self.plane.to_lps(self.center_uv, slice_index)

    def sample(self, array: np.ndarray, slice_index: int, order: int) -> np.ndarray:
        """Draw a slice of an array (z, y, x) with spline order 0 (nearest) to 3.

        Returns shape (height, width); float32 unless nearest. Outside the scan: air, or 0 if nearest.
        """
        layer = np.take(array, slice_index, axis=array_axis(self.plane.frame))
        if self.plane.axes[0] < self.plane.axes[1]:
            layer = layer.T  # arrays run (z, y, x): without this the lower voxel axis would come last
        if order == 0:
            return ndimage.map_coordinates(layer, self._indices, order=0)
        return ndimage.map_coordinates(layer.astype(np.float32), self._indices, order=order, cval=OUTSIDE_HU)

    def pixels(self, uv: np.ndarray) -> np.ndarray:
        """Return the pixel coordinates (x, y) of plane coordinates (n, 2)."""
        return (np.asarray(uv) - self.start) * self.zoom

    @cached_property
    def _indices(self) -> np.ndarray:
        width, height = self.size
        columns, rows = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
        uv = self.start + np.stack([columns, rows], axis=-1) / self.zoom
        return np.moveaxis(uv @ np.linalg.inv(self.plane.mm_per_index).T, -1, 0)

    def edge_letters(self) -> dict[str, str]:
        """Return the letters of the picture's edges: ``left``, ``right``, ``top``, ``bottom``."""
        plane = self.plane
        return {"left": direction_letters(-plane.right), "right": direction_letters(plane.right),
                "top": direction_letters(-plane.down), "bottom": direction_letters(plane.down)}
