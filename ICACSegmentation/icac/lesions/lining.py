"""How calcium lines the wall of an artery: how thick it is in each direction around the lumen, along its course.

From the centreline of the course rays go out in all directions, station by station. What of a ray lies within voxels
of calcium is the thickness of the wall's calcium there. The rays are much denser than voxels, so that these may be
anisotropic, oblique or sheared, and a single voxel has its true extent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from icac.anatomy.tube import Tube
from icac.geometry import Frame

#: Distance of the stations along the course, number of directions around it, and distance of samples on a ray.
STATION_MM, DIRECTIONS, SAMPLE_MM = 0.25, 72, 0.1

#: Calcium farther outside the lumen lines no wall of it, mm: that of the wall lies within 4 mm of a course that was
#: found (:mod:`icac.course.reach`), and that of a registered one may lie a little off.
WALL_MM = 5.0

#: Distance of the points by which the rays are chosen that can meet a lesion, mm.
_POINT_MM = 0.3


@dataclass(frozen=True, eq=False)
class Lining:
    """Calcium around the lumen of one artery.

    Attributes
    ----------
    tube : Tube
        In the space of the scan.
    cell : numpy.ndarray of int
        (n,) where there is calcium: station x :data:`DIRECTIONS` + direction, each at most once.
    thickness_mm : numpy.ndarray
        (n,) across the wall there.
    distance_mm : numpy.ndarray
        (n,) mean distance of this calcium from the centreline.

    """

    tube: Tube
    cell: np.ndarray
    thickness_mm: np.ndarray
    distance_mm: np.ndarray

    @classmethod
    def union(cls, linings: Iterable[Lining]) -> Lining:
        """Join what separate lesions of one artery, at least one, leave along it."""
        linings = list(linings)
        cell, place = np.unique(np.concatenate([one.cell for one in linings]), return_inverse=True)
        thickness = np.concatenate([one.thickness_mm for one in linings])
        moment = thickness * np.concatenate([one.distance_mm for one in linings])
        joined = np.bincount(place, thickness, minlength=len(cell))
        return cls(linings[0].tube, cell, joined,
                   np.bincount(place, moment, minlength=len(cell)) / np.maximum(joined, 1e-12))

    def part(self, chosen: np.ndarray) -> Lining:
        """Return the cells of a mask (n,)."""
        return Lining(self.tube, self.cell[chosen], self.thickness_mm[chosen], self.distance_mm[chosen])

    @property
    def station(self) -> np.ndarray:
        """Station of each cell, (n,)."""
        return self.cell // DIRECTIONS

    @property
    def segment(self) -> np.ndarray:
        """Bouthillier number of the segment of each cell, (n,)."""
        return self.tube.segment(self.station * STATION_MM)

    @property
    def area_mm2(self) -> np.ndarray:
        """Area of the wall that each cell is, at the distance of its calcium, (n,)."""
        return self.distance_mm * (2.0 * np.pi / DIRECTIONS) * STATION_MM

    @property
    def volume_mm3(self) -> float:
        """Volume of the calcium."""
        return float(self.thickness_mm @ self.area_mm2)


def lining_of(inside: np.ndarray, start: np.ndarray, frame: Frame, tube: Tube) -> Lining:
    """Return how calcium lines an artery.

    Parameters
    ----------
    inside : numpy.ndarray of bool
        The calcium, shape (z, y, x); a block of the scan.
    start : numpy.ndarray
        Index (z, y, x) in the scan of the first voxel of the block.
    frame : Frame
        Of the scan.
    tube : Tube
        Of the artery.

    """
    s, theta, r = tube.coordinates(_points(inside, start, frame))
    near = r <= tube.radius_mm(s) + WALL_MM
    if not near.any():
        return Lining(tube, np.zeros(0, int), np.zeros(0), np.zeros(0))
    cell = _around(s[near], theta[near], int(tube.length_mm / STATION_MM) + 1)
    reach = np.arange(max(0.0, r[near].min() - _POINT_MM), r[near].max() + _POINT_MM, SAMPLE_MM) + SAMPLE_MM / 2
    hit = _hits(tube, cell, reach, inside, start, frame)
    thickness = hit.sum(axis=1) * SAMPLE_MM
    distance = hit @ reach * SAMPLE_MM / np.maximum(thickness, 1e-12)
    return Lining(tube, cell, thickness, distance).part(thickness > 0)


def _points(inside: np.ndarray, start: np.ndarray, frame: Frame) -> np.ndarray:
    """Return evenly spaced points (n, 3) within the voxels, LPS mm."""
    index = (np.argwhere(inside) + start)[:, ::-1]
    count = np.ceil(np.asarray(frame.spacing) / _POINT_MM).astype(int)
    offsets = [(np.arange(n) + 0.5) / n - 0.5 for n in count]
    within = np.stack(np.meshgrid(*offsets, indexing="ij"), axis=-1).reshape(-1, 3)
    return frame.to_lps((index[:, None] + within).reshape(-1, 3))


def _around(s: np.ndarray, theta: np.ndarray, stations: int) -> np.ndarray:
    """Return the cells in which points lie, and those beside them."""
    station = np.rint(s / STATION_MM).astype(int)
    direction = np.rint(theta * (DIRECTIONS / (2.0 * np.pi))).astype(int) % DIRECTIONS
    first = max(int(station.min()) - 1, 0)
    last = min(int(station.max()) + 1, stations - 1)
    kept = (station >= first) & (station <= last)
    found = np.zeros((max(last - first + 1, 0), DIRECTIONS), bool)
    found[station[kept] - first, direction[kept]] = True
    if not found.any():
        return np.zeros(0, int)
    ring = np.pad(found, ((1, 1), (0, 0)))
    ring = ndimage.binary_dilation(np.pad(ring, ((0, 0), (1, 1)), mode="wrap"), np.ones((3, 3), bool))
    return np.flatnonzero(ring[1:-1, 1:-1]) + first * DIRECTIONS


def _hits(tube: Tube, cell: np.ndarray, reach: np.ndarray, inside: np.ndarray, start: np.ndarray, frame: Frame
          ) -> np.ndarray:
    """Tell which samples of the ray of each cell lie in calcium, bool (cells, samples)."""
    s, theta = cell // DIRECTIONS * STATION_MM, cell % DIRECTIONS * (2.0 * np.pi / DIRECTIONS)
    first = frame.to_index(tube.centers(s))[:, ::-1] - start
    step = (tube.radial(s, theta) @ frame.inverse[:3, :3].T)[:, ::-1]
    index = np.rint(first[:, None] + reach[:, None] * step[:, None]).astype(np.intp)
    on = ((index >= 0) & (index < inside.shape)).all(axis=-1)
    index[~on] = 0
    return on & inside[tuple(np.moveaxis(index, -1, 0))]
