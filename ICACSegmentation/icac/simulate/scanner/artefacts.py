"""Artefacts of dense bone and metal: beam hardening, and photon-starvation streaks between the petrous ridges.

Both are made where scanners make them, in projections: line integrals of bone through each slice get an error,
and the error is reconstructed by filtered back-projection. A coarse grid does, for both are smooth.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.sparse import csr_matrix

#: Coarse grid of the projections in mm, and number of views over 180 degrees.
COARSE_MM, VIEWS = 2.0, 60

#: CT number from which tissue counts as bone here; its excess over this, in units of 1000 HU, is integrated.
BONE_FROM_HU = 150.0

#: Error of a line integral of bone by beam hardening: share of its square, per mm.
HARDENING_PER_MM = 6e-4

#: Bone path in mm at which the photons run out, and the standard deviation of the line integral there, mm.
STARVATION_PATH_MM, STARVATION_MM = 60.0, 0.35

#: Increase of the bone path in mm that multiplies that standard deviation by e, and its largest value, mm.
STARVATION_GROWTH_MM, STARVATION_LIMIT_MM = 30.0, 4.0

#: Error of a line integral through metal: standard deviation as a share of the integral. Streaks of 30 HU around a
#: clip and of 100 HU around coils follow, 20 to 30 mm away.
METAL_ERROR = 0.3


def bone_artefacts(hu: np.ndarray, spacing_mm: float, hardening: float, streaks: float,
                   rng: np.random.Generator, metal: np.ndarray | None = None) -> np.ndarray:
    """Return the error in HU, float32 (z, y, x), that bone and metal cause in a fine object.

    Parameters
    ----------
    hu : numpy.ndarray
        float32 (z, y, x); z is the slice normal.
    spacing_mm : float
        Isotropic.
    hardening, streaks : float
        Strength of each artefact; 1 is usual.
    rng : numpy.random.Generator
    metal : numpy.ndarray, optional
        True CT numbers of metal, which ``hu`` does not hold; 0 elsewhere.

    """
    factor = round(COARSE_MM / spacing_mm)
    bone = _shrink(np.clip(hu - BONE_FROM_HU, 0.0, 2500.0) / 1000.0, factor)
    projector, bins = _projector(bone.shape[1:])
    path = (projector @ bone.reshape(len(bone), -1).T) * (factor * spacing_mm)
    spread = STARVATION_MM * np.exp((path - STARVATION_PATH_MM) / STARVATION_GROWTH_MM)
    noise = np.minimum(spread, STARVATION_LIMIT_MM) * rng.standard_normal(path.shape, dtype=np.float32)
    error = streaks * noise - hardening * HARDENING_PER_MM * path**2
    if metal is not None:
        through = _shrink(metal / np.float32(1000.0), factor)
        metal_path = (projector @ through.reshape(len(through), -1).T) * (factor * spacing_mm)
        error += streaks * METAL_ERROR * metal_path * rng.standard_normal(path.shape, dtype=np.float32)
        error -= hardening * HARDENING_PER_MM * metal_path * (2.0 * path + metal_path)
    filtered = _ramp_filter(error.reshape(VIEWS, bins, -1), factor * spacing_mm)
    coarse = (projector.T @ filtered.reshape(VIEWS * bins, -1)) * (1000.0 * np.pi / VIEWS)
    return _grow(coarse.T.reshape(bone.shape), hu.shape, factor)


def _shrink(array: np.ndarray, factor: int) -> np.ndarray:
    """Mean over blocks of ``factor`` voxels; the edge is repeated to fill the last blocks."""
    padded = np.pad(array, [(0, -n % factor) for n in array.shape], mode="edge")
    shape = [part for n in padded.shape for part in (n // factor, factor)]
    return padded.reshape(shape).mean(axis=(1, 3, 5), dtype=np.float32)


def _grow(array: np.ndarray, shape: tuple[int, ...], factor: int) -> np.ndarray:
    """Interpolate block means linearly back to ``shape``."""
    for axis, count in enumerate(shape):
        place = np.clip((np.arange(count) + 0.5) / factor - 0.5, 0, array.shape[axis] - 1)
        weights = np.maximum(1.0 - np.abs(place[:, None] - np.arange(array.shape[axis])), 0.0)
        array = np.moveaxis(np.tensordot(weights.astype(np.float32), array, axes=(1, axis)), 0, axis)
    return array


@lru_cache(maxsize=8)
def _projector(plane: tuple[int, int]) -> tuple[csr_matrix, int]:
    """Return the matrix from pixels of a slice to line integrals (views x bins), in pixels, and the bins of a view."""
    bins = int(np.ceil(np.hypot(*plane))) + 2
    y, x = (axis.ravel() - (n - 1) / 2 for axis, n in zip(np.indices(plane), plane, strict=True))
    angles = np.pi * np.arange(VIEWS)[:, None] / VIEWS
    place = x * np.cos(angles) + y * np.sin(angles) + (bins - 1) / 2
    low = np.floor(place).astype(int)
    upper = (place - low).astype(np.float32)
    row = low + bins * np.arange(VIEWS)[:, None]
    pixel = np.broadcast_to(np.arange(x.size), row.shape)
    values = np.concatenate([(1.0 - upper).ravel(), upper.ravel()])
    index = (np.concatenate([row.ravel(), row.ravel() + 1]), np.concatenate([pixel.ravel()] * 2))
    return csr_matrix((values, index), shape=(VIEWS * bins, x.size)), bins


def _ramp_filter(projection: np.ndarray, spacing_mm: float) -> np.ndarray:
    """Ramp filter with a Hann window along the middle axis (views, bins, slices)."""
    bins = projection.shape[1]
    frequency = np.fft.rfftfreq(2 * bins, spacing_mm)
    ramp = frequency * (0.5 + 0.5 * np.cos(np.pi * frequency / frequency[-1]))
    spectrum = np.fft.rfft(projection, 2 * bins, axis=1) * ramp[:, None]
    return np.fft.irfft(spectrum, 2 * bins, axis=1)[:, :bins].astype(np.float32)
