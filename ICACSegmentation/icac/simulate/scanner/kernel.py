"""The blur of a CT scanner: in-plane point spread of the reconstruction kernel, and the slice profile.

Blurring and sampling are one linear operator per axis: each row of a response matrix integrates a box-and-Gaussian
response over the fine samples of the object, so that a scan voxel holds the exact partial volume average.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import erf

from icac.ct.edges import FWHM_PER_SD


@dataclass(frozen=True)
class Kernel:
    """Reconstruction kernel: a Gaussian, sharpened by subtracting a wider one.

    Attributes
    ----------
    fwhm_mm : float
        Width of the main Gaussian, mm.
    edge_gain : float
        Weight of the subtracted Gaussian: 0 for soft kernels, up to about 0.6 for sharp ones and 1.1 for bone
        kernels, whose images show overshoot along edges.
    edge_width : float
        Width of the subtracted Gaussian in units of ``fwhm_mm``.
    aperture_mm : float
        What of the blur is that of focal spot and detector, as the FWHM of a Gaussian, less than ``fwhm_mm``: the
        image has it, its noise has not. So noise of bone kernels is finer than their edges.

    """

    fwhm_mm: float
    edge_gain: float = 0.0
    edge_width: float = 2.0
    aperture_mm: float = 0.0

    @property
    def components(self) -> tuple[tuple[float, float], ...]:
        """(weight, standard deviation in mm) of the Gaussians that make up the point spread; weights sum to 1."""
        sd = self.fwhm_mm / FWHM_PER_SD
        if self.edge_gain == 0:
            return ((1.0, sd),)
        return ((1.0 + self.edge_gain, sd), (-self.edge_gain, sd * self.edge_width))

    @property
    def noise_components(self) -> tuple[tuple[float, float], ...]:
        """The same of the filter that noise has gone through."""
        aperture = self.aperture_mm / FWHM_PER_SD
        return tuple((weight, float(np.sqrt(sd**2 - aperture**2))) for weight, sd in self.components)

    @property
    def noise_gain(self) -> float:
        """Standard deviation of the noise relative to that of a Gaussian of 1 mm FWHM at the same dose.

        The noise power of filtered back-projection goes as frequency times the square of the transfer; over all
        frequencies of the plane that is an integral of Gaussians.
        """
        return float(np.sqrt(_noise_power(self.noise_components) / _noise_power(((1.0, 1.0 / FWHM_PER_SD),))))

    def noise_transfer(self, frequency: np.ndarray) -> np.ndarray:
        """Transfer of noise at spatial frequencies in cycles per mm."""
        return np.sum([weight * np.exp(-2.0 * (np.pi * sd * frequency) ** 2) for weight, sd in self.noise_components],
                      axis=0)


def _noise_power(components: tuple[tuple[float, float], ...]) -> float:
    return sum(a * b * (s**2 + t**2) ** -1.5 for a, s in components for b, t in components)


def response_matrix(positions: np.ndarray, start: float, step: float, count: int, width_mm: float, sd_mm: float,
                    extend: bool) -> np.ndarray:
    """Weights with which scan positions see the fine samples of one axis.

    Parameters
    ----------
    positions : numpy.ndarray
        (n,) scan positions in mm.
    start, step, count : float, float, int
        Centre of the first fine sample, distance between samples (mm) and number of samples.
    width_mm : float
        Width of the box of the response: slice thickness, or the length of a motion.
    sd_mm : float
        Standard deviation of the Gaussian of the response, > 0.
    extend : bool
        True if the object goes on beyond its samples with their last value; False if it is zero there.

    Returns
    -------
    numpy.ndarray of float32, shape (n, count)
        Rows sum to 1 where the object is fully sampled.

    """
    edges = start + step * (np.arange(count + 1) - 0.5)
    if extend:
        edges = edges.copy()
        edges[0], edges[-1] = -1e4, 1e4
    distance = edges[None, :] - np.asarray(positions, dtype=float)[:, None]
    return np.diff(_integrated_response(distance, width_mm, sd_mm), axis=1).astype(np.float32)


def _integrated_response(x: np.ndarray, width: float, sd: float) -> np.ndarray:
    """Integral of the box-and-Gaussian response from minus infinity to x."""
    if width <= 1e-6:
        return _normal_integral(x / sd)
    return sd / width * (_ramp((x + width / 2) / sd) - _ramp((x - width / 2) / sd))


def _normal_integral(x: np.ndarray) -> np.ndarray:
    return 0.5 * (1.0 + erf(x / np.sqrt(2.0)))


def _ramp(x: np.ndarray) -> np.ndarray:
    """Integral of the normal distribution function."""
    return x * _normal_integral(x) + np.exp(-0.5 * x**2) / np.sqrt(2.0 * np.pi)
