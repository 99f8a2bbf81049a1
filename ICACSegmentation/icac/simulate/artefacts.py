"""Artefacts of dense bone: beam hardening and photon-starvation streaks between the petrous ridges.

Both are made where scanners make them, in projections: line integrals of bone through each slice get an error,
and the error is reconstructed by filtered back-projection. A coarse grid does, for both are smooth.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import affine_transform, zoom

#: Coarse grid of the projections in mm, and number of views over 180 degrees.
COARSE_MM, VIEWS = 2.0, 60

#: Bone path in mm of water-equivalent excess (HU / 1000 x mm) above which photons start to run out.
STARVATION_PATH_MM = 60.0

#: Error of the line integral by beam hardening: share of the square of the bone path, per mm.
HARDENING_PER_MM = 6e-4

#: Standard deviation of the error of a line integral at STARVATION_PATH_MM, mm.
STARVATION_MM = 0.35


def bone_artefacts(hu: np.ndarray, spacing_mm: float, hardening: float, streaks: float,
                   rng: np.random.Generator) -> np.ndarray:
    """Return the error in HU, float32 (z, y, x), that bone causes in a fine object.

    Parameters
    ----------
    hu : numpy.ndarray
        float32 (z, y, x); z is the slice normal.
    spacing_mm : float
        Isotropic.
    hardening, streaks : float
        Strength of each artefact; 1 is usual.
    rng : numpy.random.Generator

    """
    factor = round(COARSE_MM / spacing_mm)
    bone = _shrink(np.clip(hu - 150.0, 0.0, 2500.0) / 1000.0, factor)
    coarse = np.zeros_like(bone)
    angles = np.pi * np.arange(VIEWS) / VIEWS
    for angle in angles:
        path = _rotate(bone, angle).sum(axis=1) * (factor * spacing_mm)
        error = -hardening * HARDENING_PER_MM * path**2
        spread = STARVATION_MM * np.exp((path - STARVATION_PATH_MM) / 30.0)
        error += streaks * np.minimum(spread, 4.0) * rng.standard_normal(path.shape)
        filtered = _ramp_filter(error, factor * spacing_mm)
        coarse += _rotate(np.repeat(filtered[:, None], bone.shape[1], axis=1), -angle)
    coarse *= 1000.0 * np.pi / VIEWS
    return _grow(coarse, hu.shape, factor)


def _shrink(array: np.ndarray, factor: int) -> np.ndarray:
    """Mean over blocks of ``factor`` voxels; the edge is repeated to fill the last blocks."""
    padded = np.pad(array, [(0, -n % factor) for n in array.shape], mode="edge")
    shape = [part for n in padded.shape for part in (n // factor, factor)]
    return padded.reshape(shape).mean(axis=(1, 3, 5), dtype=np.float32)


def _grow(array: np.ndarray, shape: tuple[int, ...], factor: int) -> np.ndarray:
    grown = zoom(array, factor, order=1, mode="nearest", grid_mode=True)
    return grown[tuple(slice(n) for n in shape)]


def _rotate(stack: np.ndarray, angle: float) -> np.ndarray:
    """Rotate every slice (z, y, x) about its centre by linear interpolation."""
    c, s = np.cos(angle), np.sin(angle)
    matrix = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    centre = (np.array(stack.shape) - 1) / 2
    return affine_transform(stack, matrix, offset=centre - matrix @ centre, order=1, mode="constant")


def _ramp_filter(projection: np.ndarray, spacing_mm: float) -> np.ndarray:
    """Ramp filter with a Hann window along the last axis."""
    n = 2 * projection.shape[-1]
    frequency = np.fft.rfftfreq(n, spacing_mm)
    ramp = frequency * (0.5 + 0.5 * np.cos(np.pi * frequency / frequency[-1]))
    return np.fft.irfft(np.fft.rfft(projection, n) * ramp, n)[..., :projection.shape[-1]].astype(np.float32)
