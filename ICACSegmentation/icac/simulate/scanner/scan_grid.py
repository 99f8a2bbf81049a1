"""Where the voxels of a simulated scan lie, and the operator that images a fine object onto them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from icac.geometry import Frame, three
from icac.simulate.scanner.acquisition import Acquisition
from icac.simulate.scanner.kernel import response_matrix

#: Width of the Gaussian edge of the slice profile as a share of the slice thickness.
PROFILE_EDGE = 0.15


@dataclass(frozen=True)
class Span:
    """Half-open ranges of scan voxels, (first, last) along z, y and x."""

    z: tuple[int, int]
    y: tuple[int, int]
    x: tuple[int, int]

    @property
    def slices(self) -> tuple[slice, slice, slice]:
        """Index of these voxels in an array (z, y, x)."""
        return slice(*self.z), slice(*self.y), slice(*self.x)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of voxels along (z, y, x)."""
        return three(last - first for first, last in (self.z, self.y, self.x))


class ScanGrid:
    """Voxels of one scan and the fine grids that are aligned with them.

    Gantry coordinates are (x, y', n): x and y' in the slice plane, n along the slice normal, in mm, from the origin of
    the scanner. With gantry tilt, slices that follow each other along the table shift along y'.

    Parameters
    ----------
    acquisition : Acquisition
    region : Frame
        Box in sella-centred head space that the scan has to cover.
    rng : numpy.random.Generator
        Draws where the first voxel lies and how the head moves from slice to slice.

    """

    def __init__(self, acquisition: Acquisition, region: Frame, rng: np.random.Generator) -> None:
        self.acquisition = acquisition
        self._cos, self._sin = (f(np.radians(acquisition.tilt_deg)) for f in (np.cos, np.sin))
        low, high = self._table_bounds(region)
        low = low + rng.uniform(-0.5, 0.5, 3) * (acquisition.pixel_mm, acquisition.pixel_mm, acquisition.increment_mm)
        step = np.array((acquisition.pixel_mm, acquisition.pixel_mm, acquisition.increment_mm))
        size = np.maximum(np.ceil((high - low) / step).astype(int) + 1, 2)
        self._x, self._y, self._z = (low[a] + step[a] * np.arange(size[a]) for a in range(3))
        affine = np.eye(4)
        affine[:3, :3] = np.array([(1, 0, 0), (0, self._cos, self._sin), (0, 0, 1)]).T * step
        affine[:3, 3] = (low[0], low[1] * self._cos, low[2] + low[1] * self._sin)
        self.frame = Frame(affine, tuple(size))
        self.acquired_z = _acquired_positions(self._z, acquisition)
        self._mixing = _interpolation(self._z, self.acquired_z)
        steps = acquisition.drift_mm * rng.standard_normal((len(self.acquired_z), 2))
        self._drift = np.cumsum(steps, axis=0) - np.cumsum(steps, axis=0).mean(axis=0)

    def _table_bounds(self, region: Frame) -> tuple[np.ndarray, np.ndarray]:
        corners = np.array(np.meshgrid(*[(0, n - 1) for n in region.size], indexing="ij")).reshape(3, -1).T
        points = region.to_lps(corners) @ self.acquisition.pose[:3, :3].T + self.acquisition.pose[:3, 3]
        y = points[:, 1] / self._cos
        table = np.stack([points[:, 0], y, points[:, 2] - y * self._sin], axis=-1)
        return table.min(axis=0), table.max(axis=0)

    @property
    def span(self) -> Span:
        """All voxels of the scan."""
        return Span(*((0, n) for n in self.frame.shape))

    @cached_property
    def gantry_axes(self) -> np.ndarray:
        """Columns: x, y' and n in the scanner's LPS."""
        return np.array([(1, 0, 0), (0, self._cos, self._sin), (0, -self._sin, self._cos)], dtype=float).T

    def to_gantry(self, points: np.ndarray) -> np.ndarray:
        """Map head points (n, 3), sella-centred LPS mm, to gantry coordinates (x, y', n) in mm."""
        pose = self.acquisition.pose
        return (points @ pose[:3, :3].T + pose[:3, 3]) @ self.gantry_axes

    def fine_frame(self, low: np.ndarray, high: np.ndarray, spacing_mm: float) -> Frame:
        """Fine grid in *head* space, aligned with the slices, over a box of gantry coordinates.

        Samples lie on whole multiples of the spacing, so that boxes that overlap share them.
        """
        first = np.floor(np.asarray(low) / spacing_mm).astype(int)
        size = np.ceil(np.asarray(high) / spacing_mm).astype(int) - first + 1
        affine = np.eye(4)
        affine[:3, :3] = self.gantry_axes * spacing_mm
        affine[:3, 3] = self.gantry_axes @ (first * spacing_mm)
        return Frame(np.linalg.inv(self.acquisition.pose) @ affine, tuple(size))

    def gantry_box(self, span: Span, margin_mm: float) -> tuple[np.ndarray, np.ndarray]:
        """Gantry coordinates of the corner (low, high) of all that the voxels of ``span`` see, plus a margin."""
        z = self.acquired_z[slice(*self._sources(span.z))]
        reach = self.acquisition.thickness_mm * 0.75
        y = np.add.outer(z * self._sin, self._y[slice(*span.y)])
        x = self._x[slice(*span.x)]
        low = np.array([x[0], y.min(), z[0] * self._cos - reach]) - margin_mm
        high = np.array([x[-1], y.max(), z[-1] * self._cos + reach]) + margin_mm
        return low, high

    def _sources(self, z: tuple[int, int]) -> tuple[int, int]:
        used = np.flatnonzero(self._mixing[slice(*z)].any(axis=0))
        return int(used[0]), int(used[-1]) + 1

    def span_of_box(self, low: np.ndarray, high: np.ndarray, margin_mm: float) -> Span | None:
        """Voxels that see the box of gantry coordinates, or None if the scan misses it."""
        low, high = np.asarray(low) - margin_mm, np.asarray(high) + margin_mm
        reach = self.acquisition.thickness_mm * 0.75 + np.diff(self.acquired_z).max()
        z = np.flatnonzero((self._z * self._cos >= low[2] - reach) & (self._z * self._cos <= high[2] + reach))
        if not len(z):
            return None
        shifts = self._z[z[[0, -1]]] * self._sin
        y = np.flatnonzero((self._y >= low[1] - shifts.max()) & (self._y <= high[1] - shifts.min()))
        x = np.flatnonzero((self._x >= low[0]) & (self._x <= high[0]))
        if not len(y) or not len(x):
            return None
        return Span(*((int(axis[0]), int(axis[-1]) + 1) for axis in (z, y, x)))

    def slice_profile(self, start: float, step: float, count: int, extend: bool = True) -> np.ndarray:
        """Response (acquired slices, fine samples) along the slice normal."""
        thickness = self.acquisition.thickness_mm
        sd = remaining_sd(PROFILE_EDGE * thickness, step)
        return response_matrix(self.acquired_z * self._cos, start, step, count, thickness, sd, extend)

    def slice_correlation(self) -> np.ndarray:
        """Correlation between the noise of the acquired slices."""
        n = self.acquired_z * self._cos
        step = self.acquisition.thickness_mm / 16
        start = n[0] - 2 * self.acquisition.thickness_mm
        count = int((n[-1] + 2 * self.acquisition.thickness_mm - start) / step) + 1
        profile = self.slice_profile(start, step, count).astype(float)
        covariance = profile @ profile.T
        sd = np.sqrt(np.diag(covariance))
        return covariance / np.outer(sd, sd)

    def mix(self, z: tuple[int, int], make_slices: Callable[[int, int], np.ndarray]) -> np.ndarray:
        """Slices ``z`` of the scan from acquired slices that ``make_slices(first, last)`` gives."""
        first, last = self._sources(z)
        acquired = make_slices(first, last)
        mixing = self._mixing[slice(*z), first:last]
        if mixing.shape[0] == mixing.shape[1] and np.array_equal(mixing, np.eye(len(mixing))):
            return acquired
        return np.tensordot(mixing.astype(np.float32), acquired, axes=1)

    def image(self, fine: np.ndarray, fine_frame: Frame, span: Span, extend: bool) -> np.ndarray:
        """Image a fine object onto scan voxels: slice profile, point spread, motion, interpolation.

        Parameters
        ----------
        fine : numpy.ndarray
            (z, y, x) values on ``fine_frame``, which :meth:`fine_frame` made.
        fine_frame : Frame
        span : Span
            Scan voxels wanted.
        extend : bool
            True if the object goes on beyond the fine grid (background), False if it is zero there (lesions).

        Returns
        -------
        numpy.ndarray of float32, shape ``span.shape``

        """
        start = self.to_gantry(np.asarray(fine_frame.origin))
        step = fine_frame.spacing[0]
        sources = self._sources(span.z)
        profile = self.slice_profile(start[2], step, fine.shape[0], extend)[slice(*sources)]
        planes = np.tensordot(profile, fine, axes=1)
        acquired = np.zeros((len(planes), *span.shape[1:]), dtype=np.float32)
        for weight, sd in self.acquisition.kernel.components:
            remaining = remaining_sd(sd, step)
            self._image_planes(planes, start, step, span, sources[0], (weight, remaining, extend), acquired)
        return self.mix(span.z, lambda first, last: acquired)

    def _image_planes(self, planes: np.ndarray, start: np.ndarray, step: float, span: Span, first: int,
                      response: tuple[float, float, bool], out: np.ndarray) -> None:
        weight, sd, extend = response
        x, y = self._x[slice(*span.x)], self._y[slice(*span.y)]
        still = not (self._sin or self.acquisition.drift_mm)
        for k, plane in enumerate(planes):
            if k == 0 or not still:
                drift = self._drift[first + k]
                shift = self.acquired_z[first + k] * self._sin + drift[1]
                across = response_matrix(x + drift[0], start[0], step, plane.shape[1],
                                         self.acquisition.motion_mm[0], sd, extend)
                down = response_matrix(y + shift, start[1], step, plane.shape[0],
                                       self.acquisition.motion_mm[1], sd, extend)
            out[k] += weight * ((down @ plane) @ across.T)


def remaining_sd(sd: float, step: float) -> float:
    """Return what is left to blur of a Gaussian of ``sd`` mm: fine voxels of ``step`` mm average over themselves.

    They do so twice, when they are rendered and when they are taken as boxes; a box of width w has variance w^2 / 12.
    """
    return float(np.sqrt(max(sd**2 - step**2 / 6.0, (0.3 * sd) ** 2)))


def _acquired_positions(z: np.ndarray, acquisition: Acquisition) -> np.ndarray:
    if acquisition.later_increment_mm is None:
        return z
    start = acquisition.pose[2, 3] + acquisition.block_break_mm
    lower = z[z <= start]
    first = (lower[-1] if len(lower) else z[0] - acquisition.later_increment_mm) + acquisition.later_increment_mm
    upper = np.arange(first, z[-1] + acquisition.later_increment_mm, acquisition.later_increment_mm)
    return np.concatenate([lower, upper])


def _interpolation(z: np.ndarray, acquired: np.ndarray) -> np.ndarray:
    """Weights (regular slices, acquired slices) of linear interpolation along the table."""
    mixing = np.zeros((len(z), len(acquired)))
    index = np.clip(np.searchsorted(acquired, z, side="right") - 1, 0, len(acquired) - 2)
    weight = np.clip((z - acquired[index]) / (acquired[index + 1] - acquired[index]), 0.0, 1.0)
    rows = np.arange(len(z))
    mixing[rows, index] = 1.0 - weight
    mixing[rows, index + 1] += weight
    return mixing
