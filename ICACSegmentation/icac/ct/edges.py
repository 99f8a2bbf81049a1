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
    lines, step = np.moveaxis(hu, axis, 2), spacing[axis]
    reach, flat = _reach(step), _flat(step)
    if lines.shape[2] < 2 * reach + 2 or min(lines.shape[:2]) < 3:
        return Edges(np.zeros((0, 2 * reach + 2), np.float32), step, np.zeros(0))
    places = _crossings(lines, reach)
    profiles = lines[places[0][:, None], places[1][:, None], places[2][:, None] + np.arange(-reach, reach + 2)]
    profiles = profiles.astype(np.float32)
    tilt = _slope_across(lines, places, np.delete(spacing, axis)) / (np.abs(np.diff(profiles, axis=1)).max(axis=1)
                                                                     / step)
    complete = _are_complete(profiles, flat) & (tilt < OBLIQUE)
    return Edges(profiles[complete], step, tilt[complete])


def _reach(step_mm: float) -> int:
    return max(3, round(REACH_MM / step_mm))


def _flat(step_mm: float) -> int:
    return max(2, round(PLATEAU_MM / step_mm))


def _crossings(lines: np.ndarray, reach: int) -> tuple[np.ndarray, ...]:
    """Index where neighbours on a line lie on both sides of half way, and air and tissue at its ends."""
    inner = lines[1:-1, 1:-1]
    count = inner.shape[2] - 2 * reach - 1
    above = inner[:, :, reach:reach + count + 1] > HALF_WAY_HU
    crossing = above[:, :, 1:] != above[:, :, :-1]
    i, j, k = np.nonzero(crossing)
    first, last = inner[i, j, k], inner[i, j, k + 2 * reach + 1]
    ends = (np.minimum(first, last) < AIR_BELOW_HU) & (np.maximum(first, last) > TISSUE_ABOVE_HU)
    return i[ends] + 1, j[ends] + 1, k[ends] + reach


def _slope_across(lines: np.ndarray, places: tuple[np.ndarray, ...], spacing: np.ndarray) -> np.ndarray:
    """Steepness in HU per mm at the edges, in the plane across the lines."""
    i, j, k = places

    def value(di: int, dj: int) -> np.ndarray:
        return 0.5 * (lines[i + di, j + dj, k].astype(np.float32) + lines[i + di, j + dj, k + 1])

    return np.hypot((value(1, 0) - value(-1, 0)) / (2 * spacing[0]), (value(0, 1) - value(0, -1)) / (2 * spacing[1]))


def _are_complete(profiles: np.ndarray, flat: int) -> np.ndarray:
    """Tell which profiles rise once from even air to even tissue."""
    ends = np.stack([profiles[:, :flat], profiles[:, -flat:]])
    low, high = np.sort(ends.mean(axis=2), axis=0)
    excess = np.maximum(np.ptp(ends, axis=2).max(axis=0),
                        np.maximum(profiles.max(axis=1) - high, low - profiles.min(axis=1)))
    return (low < AIR_BELOW_HU) & (high > TISSUE_ABOVE_HU) & (excess < UNEVEN * (high - low))
