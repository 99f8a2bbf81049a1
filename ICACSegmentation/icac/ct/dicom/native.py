"""The slices of a DICOM series as its files have them, and what lies on their pixels.

Reading puts tilted and uneven slices on a regular grid. What is found on that grid is shown by other programs on the
images of the series themselves, so every pixel of them has to know the voxel that lies there.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from icac.geometry import Frame, Volume
from icac.geometry.box import bounding_box

#: Voxel numbers this much below a half go down, so that halves go down whichever way rounding tips them: slices that
#: were shifted by half a voxel keep every voxel.
_HALF = 0.499


class NativeSlice(NamedTuple):
    """One image of a series."""

    path: Path
    class_uid: str
    """SOP Class UID."""
    uid: str
    """SOP Instance UID."""
    frame: int | None
    """Index in a file of several frames, from 0; None in a file of one image."""
    header_position: np.ndarray
    """LPS of the first pixel as the header has it, mm."""
    position: np.ndarray
    """LPS of the first pixel as it was read, mm: where positions are rounded in headers, the slice lies elsewhere."""
    number: str = ""
    """By which viewers know it: Instance Number, or the number of the frame; empty if it has none."""


@dataclass(frozen=True, eq=False)
class NativeSlices:
    """The slices that were read of a series, from the feet of their normal on.

    Attributes
    ----------
    slices : tuple of NativeSlice
    orientation : numpy.ndarray
        2 x 3; unit LPS vectors along rows and along columns.
    spacing : tuple of float
        Distance in mm between columns and between rows: (x, y).
    shape : tuple of int
        Rows and columns of each.

    """

    slices: tuple[NativeSlice, ...]
    orientation: np.ndarray
    spacing: tuple[float, float]
    shape: tuple[int, int]

    def labels_on(self, labels: Volume) -> np.ndarray:
        """Return the label that lies on each pixel.

        Each pixel gets the label of the voxel nearest to its centre: where reading kept the voxels or shifted slices in
        their planes, every voxel is one pixel. A label that no pixel would show, because it is thinner than the
        distance of the slices where they are far apart, is shown on the pixels nearest to its voxels.

        Parameters
        ----------
        labels : Volume
            Whole numbers from 0 (nothing), (z, y, x).

        Returns
        -------
        numpy.ndarray
            Shape (slices, rows, columns), of the type of the labels.

        """
        shown = np.zeros((len(self.slices), *self.shape), labels.array.dtype)
        box = bounding_box(labels.array > 0)
        if box is None:
            return shown
        block = Volume(labels.array[box], labels.frame.part(box))
        rows, columns = self._pixels_of(block.frame)
        for number in range(len(self.slices)):
            shown[number, rows, columns] = _nearest(block, self._points(number, rows, columns))
        for label in np.setdiff1d(block.array[block.array > 0], shown[:, rows, columns]):
            shown[self._nearest_pixels(_points_of(block, int(label)))] = label
        return shown

    def nearest(self, point: np.ndarray) -> NativeSlice:
        """Return the slice nearest to a point, LPS mm (3,)."""
        away = (np.array([one.position for one in self.slices]) - point) @ np.cross(*self.orientation)
        return self.slices[int(np.abs(away).argmin())]

    def _axes(self) -> np.ndarray:
        """Return the steps to the next column and to the next row, 2 x 3, mm."""
        return self.orientation * np.array(self.spacing)[:, None]

    def _points(self, number: int, rows: slice, columns: slice) -> np.ndarray:
        """Return the LPS of pixels of a slice, (rows, columns, 3)."""
        right, down = self._axes()
        row, column = np.mgrid[rows, columns]
        return self.slices[number].position + column[..., None] * right + row[..., None] * down

    def _in_plane(self, points: np.ndarray, position: np.ndarray) -> np.ndarray:
        """Return the row and column of points (..., 3) in slices at positions, as fractions."""
        along = (points - position) @ self.orientation.T / self.spacing
        return along[..., ::-1]

    def _pixels_of(self, frame: Frame) -> tuple[slice, slice]:
        """Return the rows and columns that any slice may share with a frame."""
        corners = frame.to_lps(np.array(np.meshgrid(*[(-1, n) for n in frame.size])).reshape(3, -1).T)
        found = np.concatenate([self._in_plane(corners, one.position) for one in self.slices])
        low = np.clip(np.floor(found.min(axis=0)).astype(int), 0, self.shape)
        high = np.clip(np.ceil(found.max(axis=0)).astype(int) + 1, 0, self.shape)
        return slice(int(low[0]), int(high[0])), slice(int(low[1]), int(high[1]))

    def _nearest_pixels(self, points: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return slice, row and column of the pixels nearest to points (n, 3) within the images."""
        positions, normal = np.array([one.position for one in self.slices]), np.cross(*self.orientation)
        number = np.abs((positions @ normal)[None] - (points @ normal)[:, None]).argmin(axis=1)
        pixel = np.floor(self._in_plane(points, positions[number]) + _HALF).astype(int)
        inside = ((pixel >= 0) & (pixel < self.shape)).all(axis=1)
        return number[inside], pixel[inside, 0], pixel[inside, 1]


def _points_of(labels: Volume, label: int) -> np.ndarray:
    """Return the LPS of the voxels of a label, (voxels, 3), mm."""
    return labels.frame.to_lps(np.argwhere(labels.array == label)[:, ::-1])


def _nearest(volume: Volume, points: np.ndarray) -> np.ndarray:
    """Return the value of the voxel nearest to each point (..., 3), 0 outside of all voxels."""
    index = np.floor(volume.frame.to_index(points) + _HALF).astype(int)
    inside = ((index >= 0) & (index < volume.frame.size)).all(axis=-1)
    values = np.zeros(points.shape[:-1], volume.array.dtype)
    values[inside] = volume.array[tuple(index[inside].T[::-1])]
    return values
