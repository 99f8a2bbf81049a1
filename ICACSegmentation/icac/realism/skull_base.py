"""The skull base of a scan: the voxels of its own slices that lie in the box around the carotids."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icac.air import OUTSIDE_HU
from icac.geometry import Frame, Volume
from icac.geometry.box import Box, bounding_box
from icac.reference import NETWORK_GRID
from icac.simulate.scanner.slices import Slices


@dataclass(frozen=True, eq=False)
class SkullBase:
    """A piece of a scan around the carotids.

    Attributes
    ----------
    name : str
    hu : numpy.ndarray
        (slices, rows, columns) of the scan, cropped to the box; float32.
    inside : numpy.ndarray of bool
        Same shape: voxels within the box of the network, 120 x 120 x 50 mm in reference space.
    spacing : tuple of float
        Distance between columns and between rows (x, y), mm.
    distance_mm : float
        Median distance between slices.
    volume : Volume
        The scan as readers get it, for pictures.
    head_to_scan : numpy.ndarray
        4 x 4, reference LPS mm to LPS mm of the scan.
    contact : float or None
        Share of the surface of ICAC that touches other voxels of at least 130 HU, if ICAC is known.

    """

    name: str
    hu: np.ndarray
    inside: np.ndarray
    spacing: tuple[float, float]
    distance_mm: float
    volume: Volume
    head_to_scan: np.ndarray
    contact: float | None = None

    @property
    def values(self) -> np.ndarray:
        """CT numbers in the box, shape (n,)."""
        return self.hu[self.inside]

    @classmethod
    def of_slices(cls, name: str, slices: Slices, volume: Volume, head_to_scan: np.ndarray,
                  contact: float | None = None) -> SkullBase:
        """Cut the skull base out of slices.

        Raises
        ------
        ValueError
            If no slice passes through it.

        """
        box, inside = _box(slices, np.linalg.inv(head_to_scan))
        distance = float(np.median(np.abs(np.diff(slices.positions @ slices.axes[:, 2]))))
        return cls(name, slices.hu[box].astype(np.float32), inside, slices.spacing, distance, volume, head_to_scan,
                   contact)


def _box(slices: Slices, to_head: np.ndarray) -> tuple[Box, np.ndarray]:
    low, high = NETWORK_GRID.to_lps(np.array([(0, 0, 0), np.array(NETWORK_GRID.size) - 1]))
    steps = slices.orientation * np.asarray(slices.spacing)[:, None] @ to_head[:3, :3].T
    corners = slices.positions @ to_head[:3, :3].T + to_head[:3, 3]
    columns, rows = np.arange(slices.hu.shape[2]), np.arange(slices.hu.shape[1])
    inside = np.ones(slices.hu.shape, dtype=bool)
    for axis in range(3):
        plane = rows[:, None] * steps[1, axis] + columns * steps[0, axis]
        for k, corner in enumerate(corners[:, axis]):
            inside[k] &= (plane + corner >= low[axis]) & (plane + corner <= high[axis])
    box = bounding_box(inside)
    if box is None:
        raise ValueError("no slice passes through the skull base")
    return box, inside[box]


def plane_image(base: SkullBase, height_mm: float, pixel_mm: float = 0.4) -> np.ndarray:
    """Sample an axial plane of reference space, 120 x 120 mm, at a height in mm above the sella; (y, x) HU."""
    size = tuple(int(n * s / pixel_mm) for n, s in zip(NETWORK_GRID.size[:2], NETWORK_GRID.spacing[:2], strict=True))
    x, y, _ = NETWORK_GRID.origin
    frame = Frame.regular((pixel_mm, pixel_mm, 1.0), (*size, 1), origin=(x, y, height_mm))
    volume = base.volume.like(base.volume.array.astype(np.float32))
    return volume.resample(frame, base.head_to_scan, outside=OUTSIDE_HU).array[0]
