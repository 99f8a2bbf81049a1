"""Random changes of a training patch that make it look like another head, another scanner or another protocol.

All work on HU, before the input is scaled. Arrays are (z, y, x).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import ndimage
from scipy.spatial.transform import Rotation

from icac.training.settings.config import Augmentation
from icac.trainingset.drawn import UNKNOWN

#: CT number from which tissue counts as bone or calcium when its density is rescaled, in HU.
_DENSE_FROM_HU = 100.0


class Augmented(NamedTuple):
    """A changed patch; arrays are (z, y, x)."""

    hu: np.ndarray
    """Changed CT numbers."""
    moved_hu: np.ndarray
    """CT numbers that were only flipped and turned, as the truth was, but kept their values otherwise."""
    truth: np.ndarray
    flipped: bool
    """Left and right were swapped."""


def augment(hu: np.ndarray, truth: np.ndarray, settings: Augmentation, rng: np.random.Generator) -> Augmented:
    """Change a patch at random.

    Parameters
    ----------
    hu : numpy.ndarray of float32
        (z, y, x) CT numbers of the input patch.
    truth : numpy.ndarray of uint8
        Same shape.
    settings : Augmentation
    rng : numpy.random.Generator

    Returns
    -------
    Augmented

    """
    moved, truth, flipped = move(hu, truth, settings, rng)
    return Augmented(change(moved, settings, rng), np.ascontiguousarray(moved), np.ascontiguousarray(truth), flipped)


def move(hu: np.ndarray, truth: np.ndarray, settings: Augmentation, rng: np.random.Generator
         ) -> tuple[np.ndarray, np.ndarray, bool]:
    """Turn and flip a patch at random; return CT numbers, truth, and whether left and right were swapped."""
    if rng.random() < settings.rotation:
        hu, truth = _turn(hu, truth, settings, rng)
    flipped = bool(rng.random() < settings.flip)
    if flipped:
        hu, truth = hu[:, :, ::-1], truth[:, :, ::-1]
    return hu, truth, flipped


def change(hu: np.ndarray, settings: Augmentation, rng: np.random.Generator) -> np.ndarray:
    """Change CT numbers, float32 (z, y, x), where they lie: other tissue, slices, kernel, noise."""
    if rng.random() < settings.intensity:
        hu = _change_intensity(hu, settings, rng)
    if rng.random() < settings.thick:
        hu = ndimage.uniform_filter1d(hu, int(rng.integers(2, settings.thick_voxels + 1)), axis=0, mode="nearest")
    if rng.random() < settings.blur:
        sigma = rng.uniform(0.2, settings.blur_sigma)
        hu = ndimage.gaussian_filter(hu, (0, sigma, sigma), mode="nearest", truncate=3.0)
    if rng.random() < settings.noise:
        hu = hu + _noise(hu.shape, settings, rng)
    return np.ascontiguousarray(hu, dtype=np.float32)


def _turn(hu: np.ndarray, truth: np.ndarray, settings: Augmentation, rng: np.random.Generator
          ) -> tuple[np.ndarray, np.ndarray]:
    """Rotate and zoom about the centre of the patch: in plane, or also out of it and by fractions of a voxel."""
    angle = rng.uniform(-1, 1) * settings.rotation_degrees
    zoom = 1 + rng.uniform(-1, 1) * settings.zoom
    if settings.tilt_degrees > 0:
        tilts = rng.uniform(-1, 1, 2) * settings.tilt_degrees
        turn = Rotation.from_euler("xyz", [angle, *tilts], degrees=True).as_matrix()
        return _moved(hu, truth, turn / np.array([1.0, zoom, zoom]), rng.uniform(-0.5, 0.5, 3))
    in_plane = Rotation.from_euler("x", angle, degrees=True).as_matrix()[1:, 1:] / zoom
    turned, turned_truth = np.empty_like(hu), np.empty_like(truth)
    for z in range(hu.shape[0]):
        turned[z], turned_truth[z] = _moved(hu[z], truth[z], in_plane, np.zeros(2))
    return turned, turned_truth


def _moved(hu: np.ndarray, truth: np.ndarray, matrix: np.ndarray, shift: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Apply a matrix about the centre of image and truth, and a shift in voxels; what comes from outside is unknown."""
    center = (np.array(hu.shape) - 1) / 2
    offset = center - matrix @ center + shift
    return (ndimage.affine_transform(hu, matrix, offset, order=1, mode="nearest"),
            ndimage.affine_transform(truth, matrix, offset, order=0, mode="constant", cval=UNKNOWN))


def _change_intensity(hu: np.ndarray, settings: Augmentation, rng: np.random.Generator) -> np.ndarray:
    """Change gain and offset of all tissue, and the contrast of dense tissue (kV, kernel, calcification)."""
    gain = 1 + rng.uniform(-1, 1) * settings.gain
    offset = rng.uniform(-1, 1) * settings.offset_hu
    bone = rng.uniform(-1, 1) * settings.bone
    changed = hu * np.float32(gain) + np.float32(offset)
    changed += np.float32(bone) * np.maximum(hu - np.float32(_DENSE_FROM_HU), 0)
    return changed


def _noise(shape: tuple[int, ...], settings: Augmentation, rng: np.random.Generator) -> np.ndarray:
    """White noise, or noise of a smooth kernel, of random strength."""
    deviation = np.float32(rng.uniform(0, settings.noise_hu))
    noise = rng.standard_normal(shape, dtype=np.float32)
    if rng.random() < 0.5:
        noise = ndimage.uniform_filter(noise, (1, 3, 3), mode="wrap") * np.float32(3.0)
    return noise * deviation
