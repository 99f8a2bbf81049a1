"""Smooth random unevenness as a sum of plane waves: analytic, so any grid sees the same texture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Number of plane waves; the sum of eight is close to Gaussian.
WAVES = 8


@dataclass(frozen=True, eq=False)
class Texture:
    """A stationary random field in space.

    Attributes
    ----------
    wave_vectors : numpy.ndarray
        (WAVES, 3) in radians per mm.
    phases : numpy.ndarray
        (WAVES,) in radians.
    relief, density : float
        Amplitude of uneven thickness and of uneven CT number, as fractions.

    """

    wave_vectors: np.ndarray
    phases: np.ndarray
    relief: float
    density: float

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Value of the field at LPS points (n, 3) in mm: shape (n,), mean 0, between -1 and 1."""
        waves = np.cos(points.astype(np.float32) @ self.wave_vectors.T.astype(np.float32)
                       + self.phases.astype(np.float32))
        return np.clip(waves.sum(axis=-1) / np.sqrt(WAVES), -1.0, 1.0)


def draw_texture(rng: np.random.Generator, wavelength_mm: float, relief: float, density: float) -> Texture:
    """Draw a texture of about ``wavelength_mm``."""
    direction = rng.standard_normal((WAVES, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    length = wavelength_mm * rng.uniform(0.7, 1.5, (WAVES, 1))
    return Texture(direction * 2.0 * np.pi / length, rng.uniform(0, 2 * np.pi, WAVES), relief, density)
