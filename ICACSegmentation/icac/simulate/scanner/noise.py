"""Image noise as filtered back-projection leaves it.

Its spectrum is the ramp times the kernel's transfer; slices that overlap share part of it.
"""

from __future__ import annotations

import numpy as np
from scipy.fft import irfft2, next_fast_len

from icac.simulate.scanner.kernel import Kernel

#: Frequency below which the noise power no longer falls to zero, cycles per mm. A pure ramp leaves the noise of real
#: scans too little power below 0.2 per mm: 0.25 to 0.5 fit the spectra of a head on a GE HiSpeed Dual (even blocks of
#: brain, which may hold some structure) and of a skull phantom in air on a Philips Ingenuity best.
LOW_FREQUENCY = 0.3


class NoiseSource:
    """Makes the noise of any slice of a scan again and again the same.

    Parameters
    ----------
    seed : int
    plane : tuple of int
        Rows and columns of a slice.
    spacing_mm : float
        Pixel size.
    kernel : Kernel
    correlation : numpy.ndarray
        (n, n) correlation between slices; banded, because only slices that overlap share photons.

    """

    def __init__(self, seed: int, plane: tuple[int, int], spacing_mm: float, kernel: Kernel,
                 correlation: np.ndarray) -> None:
        self._seed = seed
        self._plane = plane
        self._padded = tuple(next_fast_len(n, real=True) for n in plane)
        self._filter = _amplitude(self._padded, spacing_mm, kernel)
        self._mixing = np.linalg.cholesky(correlation + 1e-6 * np.eye(len(correlation))).astype(np.float32)

    def slices(self, first: int, last: int) -> np.ndarray:
        """Noise of slices ``first`` to ``last`` (exclusive): (n, y, x) float32 of standard deviation 1."""
        mixing = self._mixing[first:last]
        needed = np.flatnonzero(np.abs(mixing).max(axis=0) > 1e-4)
        out = np.zeros((last - first, *self._plane), dtype=np.float32)
        for source in needed:
            plane = self._plane_of(int(source))
            for k in np.flatnonzero(np.abs(mixing[:, source]) > 1e-4):
                out[k] += mixing[k, source] * plane
        return out

    def _plane_of(self, source: int) -> np.ndarray:
        rng = np.random.default_rng((self._seed, source))
        white = rng.standard_normal((*self._filter.shape, 2), dtype=np.float32).view(np.complex64)[..., 0]
        noise = irfft2(white * self._filter, s=self._padded)
        return noise[:self._plane[0], :self._plane[1]]


def _amplitude(plane: tuple[int, int], spacing_mm: float, kernel: Kernel) -> np.ndarray:
    """Spectral amplitude (y, x // 2 + 1) that gives real noise of standard deviation 1."""
    fy = np.fft.fftfreq(plane[0], spacing_mm)[:, None]
    fx = np.fft.rfftfreq(plane[1], spacing_mm)[None, :]
    frequency = np.hypot(fy, fx)
    amplitude = np.sqrt(np.hypot(frequency, LOW_FREQUENCY)) * np.abs(kernel.noise_transfer(frequency))
    # Of the first and, for even widths, the last column the real transform uses the real part only.
    share = np.full(amplitude.shape[1], 4.0)
    share[0] = 1.0
    if plane[1] % 2 == 0:
        share[-1] = 1.0
    return (amplitude * plane[0] * plane[1] / np.sqrt((amplitude**2 * share).sum())).astype(np.float32)

