"""The blur of a CT along each of its voxel axes, from edges between air and tissue."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

#: An edge counts if its profile runs from air to tissue or bone: CT numbers on both sides, and half way between.
AIR_BELOW_HU, TISSUE_ABOVE_HU, HALF_WAY_HU = -850, -50, -450

#: Half length in mm of the profile over which an edge has to be complete, and length of its flat ends.
REACH_MM, PLATEAU_MM = 3.5, 1.2

#: Largest unevenness of the two ends of a profile, and largest excess over them in between, as shares of their
#: difference. A thin wall of bone between air and tissue would look like a sharper edge than it is.
UNEVEN = 0.15

#: Largest slope across the profile, as a share of the slope along it: edges at 11 degrees and less. The blur along the
#: other axes widens oblique edges, most of all thick slices.
OBLIQUE = 0.2

#: Quantile of the widths of all edges: most are wider than the blur, being curved or oblique.
SHARPEST_QUANTILE = 0.25

#: Fewest edges that tell the blur.
FEWEST = 30

#: Full width at half maximum of a Gaussian of standard deviation 1.
FWHM_PER_SD = 2.0 * np.sqrt(2.0 * np.log(2.0))


@dataclass(frozen=True, eq=False)
class Edges:
    """Profiles of complete edges along one voxel axis.

    Attributes
    ----------
    profiles : numpy.ndarray
        (edges, samples) float32 HU.
    step_mm : float
        Distance between samples.
    tilt : numpy.ndarray
        (edges,) slope across each profile as a share of the slope along it.

    """

    profiles: np.ndarray
    step_mm: float
    tilt: np.ndarray

    def fwhm(self, blur_sd_mm: float = 0.0) -> float:
        """Return the full width at half maximum of the blur in mm, if the scan were blurred further.

        A Gaussian blur of standard deviation s turns a step of height A into a slope of at most A / (s sqrt(2 pi)).
        The width is corrected for the voxel over which the slope is taken (variance step^2 / 12), and for the angle.
        NaN if there are too few edges.
        """
        if len(self.profiles) < FEWEST:
            return float("nan")
        flat = _flat(self.step_mm)
        height = np.abs(self.profiles[:, -flat:].mean(axis=1) - self.profiles[:, :flat].mean(axis=1))
        slope = np.abs(np.diff(blurred(self.profiles, 1, blur_sd_mm / self.step_mm), axis=1)).max(axis=1)
        sd = height * self.step_mm / (slope * np.sqrt(2 * np.pi * (1 + self.tilt**2)))
        sharp = float(np.quantile(sd, SHARPEST_QUANTILE))
        return FWHM_PER_SD * float(np.sqrt(max(sharp**2 - self.step_mm**2 / 12, (0.2 * self.step_mm) ** 2)))


def blurred(array: np.ndarray, axis: int, sd: float) -> np.ndarray:
    """Blur along one axis with a Gaussian of ``sd`` samples; the ends are continued."""
    return ndimage.gaussian_filter1d(array, sd, axis=axis, mode="nearest") if sd > 0 else array


def find_edges(hu: np.ndarray, axis: int, spacing: tuple[float, float, float]) -> Edges:
    """Find the complete edges along one axis of a CT.

    Parameters
    ----------
    hu : numpy.ndarray
        (z, y, x).
    axis : int
        Of the array: 0 is z.
    spacing : tuple of float
        (z, y, x), mm.

    """
    step = spacing[axis]
    reach, flat = _reach(step), _flat(step)
    others = [n for n in range(3) if n != axis]
    if hu.shape[axis] < 2 * reach + 2 or min(hu.shape[n] for n in others) < 3:
        return Edges(np.zeros((0, 2 * reach + 2), np.float32), step, np.zeros(0))
    values, strides = np.ascontiguousarray(hu).ravel(), [int(np.prod(hu.shape[n + 1:])) for n in range(3)]
    places = _crossings(hu.shape, values, axis, reach)
    profiles = values.take(places[:, None] + np.arange(-reach, reach + 2) * strides[axis]).astype(np.float32)
    tilt = _slope_across(values, places, strides[axis], [(strides[n], np.float64(spacing[n])) for n in others]) / (
        np.abs(np.diff(profiles, axis=1)).max(axis=1) / step)
    complete = _are_complete(profiles, flat) & (tilt < OBLIQUE)
    return Edges(profiles[complete], step, tilt[complete])


def _reach(step_mm: float) -> int:
    return max(3, round(REACH_MM / step_mm))


def _flat(step_mm: float) -> int:
    return max(2, round(PLATEAU_MM / step_mm))


def _crossings(shape: tuple[int, ...], values: np.ndarray, axis: int, reach: int) -> np.ndarray:
    """Find where neighbours along an axis lie on both sides of half way, and air and tissue at the ends of the profile.

    Parameters
    ----------
    shape : tuple of int
        (z, y, x).
    values : numpy.ndarray
        All voxels in a row: looked up so, they are found three times as fast as by three indices.
    axis, reach : int

    Returns
    -------
    numpy.ndarray of int
        (n,) where in ``values`` the first of both neighbours lies; not at the border of the volume.

    """
    inner = [slice(1, -1)] * 3
    inner[axis] = slice(reach, shape[axis] - reach)
    above = values.reshape(shape)[tuple(inner)] > HALF_WAY_HU
    before, after = ((slice(None),) * axis + (part,) for part in (slice(None, -1), slice(1, None)))
    crossing = np.zeros(shape, bool)
    inner[axis] = slice(reach, shape[axis] - reach - 1)
    np.not_equal(above[before], above[after], out=crossing[tuple(inner)])
    found, step = np.flatnonzero(crossing), int(np.prod(shape[axis + 1:]))
    first, last = values.take(found - reach * step), values.take(found + (reach + 1) * step)
    return found[(np.minimum(first, last) < AIR_BELOW_HU) & (np.maximum(first, last) > TISSUE_ABOVE_HU)]


def _slope_across(values: np.ndarray, places: np.ndarray, step: int, others: list[tuple[int, np.float64]]
                  ) -> np.ndarray:
    """Steepness in HU per mm at the edges across the axis, of which a voxel is ``step`` values long.

    Of each of both other axes it is told how many values a voxel is, and how many mm, by which all is made float64.
    """
    def slope(stride: int, spacing: np.float64) -> np.ndarray:
        return (_between(values, places + stride, step) - _between(values, places - stride, step)) / (2 * spacing)

    return np.hypot(*(slope(*axis) for axis in others))


def _between(values: np.ndarray, places: np.ndarray, step: int) -> np.ndarray:
    """Return the mean of the values at some places and at their next neighbours."""
    return 0.5 * (values.take(places).astype(np.float32) + values.take(places + step))


def _are_complete(profiles: np.ndarray, flat: int) -> np.ndarray:
    """Tell which profiles rise once from even air to even tissue."""
    ends = np.stack([profiles[:, :flat], profiles[:, -flat:]])
    low, high = np.sort(ends.mean(axis=2), axis=0)
    excess = np.maximum(np.ptp(ends, axis=2).max(axis=0),
                        np.maximum(profiles.max(axis=1) - high, low - profiles.min(axis=1)))
    return (low < AIR_BELOW_HU) & (high > TISSUE_ABOVE_HU) & (excess < UNEVEN * (high - low))
