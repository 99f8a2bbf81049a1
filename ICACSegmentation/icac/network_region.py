"""What is computed of the network's grid: the surroundings of the carotid courses, or the whole crop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from icac.air import OUTSIDE_HU
from icac.anatomy import Course, Side
from icac.geometry import Frame, Volume, covered_block, three
from icac.inference.slabs import plan_slabs
from icac.inference.tiling import Tile
from icac.network.interface.architecture import Architecture
from icac.network.interface.geometry import Geometry
from icac.reference import NETWORK_GRID, load_reference
from icac.reference.grid import network_grid
from icac.reference.position import coarse_positions
from icac.reference.region import bounding_frame, region_mask


@dataclass(frozen=True, eq=False)
class NetworkRegion:
    """What the network computes, the same for every scan.

    Attributes
    ----------
    frame : Frame
        The block of the network's grid, reference space.
    counted : numpy.ndarray of bool
        (z, y, x) voxels of the block that count.
    wide_frame : Frame
        The block with the context that the network needs.
    parts : list of Tile
        The parts of the block that hold all that counts with the fewest operations.
    position : numpy.ndarray or None
        Position channels at every second voxel of ``wide_frame``, for a network that is told them.
    geometry : Geometry
        Of the network.
    near : numpy.ndarray of bool
        (z, y, x) voxels of the block near the carotids: those that count, or fewer of the whole crop.

    """

    frame: Frame
    counted: np.ndarray
    wide_frame: Frame
    parts: list[Tile]
    position: np.ndarray | None
    geometry: Geometry
    near: np.ndarray

    @property
    def searched_mm3(self) -> float:
        """Volume in which ICAC is sought, mm3."""
        return float(np.count_nonzero(self.counted)) * self.frame.voxel_volume_mm3

    def sample(self, ct: Volume, reference_to_scan: np.ndarray) -> np.ndarray:
        """Sample a scan on ``wide_frame``; only the part that is needed is handed to SimpleITK."""
        start, size = covered_block(self.wide_frame, ct.frame, reference_to_scan)
        if min(size) < 1:
            return np.full(self.wide_frame.shape, OUTSIDE_HU, dtype=ct.array.dtype)
        return ct.crop(start, size).resample(self.wide_frame, reference_to_scan, outside=OUTSIDE_HU).array

    def inner(self, wide: np.ndarray) -> np.ndarray:
        """Return the part of an array on ``wide_frame``, (z, y, x), that lies on ``frame``."""
        return wide[tuple(slice(before, before + n)
                          for n, before in zip(self.frame.shape, self.geometry.offset, strict=True))]


@lru_cache(maxsize=4)
def plan_region(region: str, network: Architecture) -> NetworkRegion:
    """Return what a network computes for a ``region``, ``carotid`` or ``crop``."""
    geometry, courses = network.geometry, load_reference().courses
    frame, counted = analysed_frame(region, courses, geometry, network_grid(network.spacing_mm))
    wide_frame = with_margins(frame, geometry)
    return NetworkRegion(frame, counted, wide_frame, plan_slabs(counted, network),
                         coarse_positions(wide_frame) if network.position else None, geometry,
                         counted if region == "carotid" else region_mask(frame, courses))


def analysed_frame(region: str, courses: Mapping[Side, Course], geometry: Geometry, grid: Frame = NETWORK_GRID
                   ) -> tuple[Frame, np.ndarray]:
    """Return the block of a grid to compute, and the mask (z, y, x) of its voxels that count.

    Parameters
    ----------
    region : {"carotid", "crop"}
    courses : mapping of Side to Course
        Courses of the reference head.
    geometry : Geometry
        Of the network, on whose grid the block lies.
    grid : Frame
        In reference space, with the voxels of the network's grid, which it is if omitted.

    """
    if region == "crop":
        return grid, np.ones(grid.shape, dtype=bool)
    frame = bounding_frame(grid, region_mask(grid, courses), geometry.grid[::-1])
    return frame, region_mask(frame, courses)


def with_margins(frame: Frame, geometry: Geometry) -> Frame:
    """Return a block of the network grid widened by the context that a network of this geometry needs."""
    around = geometry.margins(frame.shape)
    start = three(-before for before, _ in reversed(around))
    size = three(n + before + after for n, (before, after) in zip(frame.size, reversed(around), strict=True))
    return frame.crop(start, size)
