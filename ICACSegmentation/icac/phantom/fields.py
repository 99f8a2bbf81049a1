"""Random fields that are the same wherever and at whatever resolution a head is rendered."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates


class RandomField:
    """A smooth, periodic random field of zero mean and unit standard deviation.

    Parameters
    ----------
    seed : int
    spacing_mm : float
        Distance of the lattice points.
    sigma : float
        Gaussian smoothing in lattice points; correlation length is about ``2 * sigma * spacing_mm``.
    size : int
        Lattice points per axis; the field repeats after ``size * spacing_mm``.

    """

    def __init__(self, seed: int, spacing_mm: float, sigma: float = 1.0, size: int = 64) -> None:
        lattice = np.random.default_rng(seed).standard_normal((size,) * 3).astype(np.float32)
        lattice = gaussian_filter(lattice, sigma, mode="wrap") if sigma > 0 else lattice
        self._lattice = lattice / lattice.std()
        self._spacing = np.float32(spacing_mm)

    def at(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Return the values at coordinates in mm (arrays of one shape)."""
        points = np.stack([x.ravel(), y.ravel(), z.ravel()]) / self._spacing
        values = map_coordinates(self._lattice, points, order=1, mode="grid-wrap", output=np.float32)
        return values.reshape(x.shape)
