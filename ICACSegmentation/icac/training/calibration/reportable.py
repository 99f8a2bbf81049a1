"""A predicted case, kept small, from which every pair of thresholds tells what would be reported as ICAC."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icac.geometry import Volume, three
from icac.geometry.box import bounding_box
from icac.lesions.noise import SURROUNDINGS_MM, NoiseField
from icac.lesions.reported import reported_icac
from icac.training.calibration.held_out import ScoredVoxels


@dataclass(frozen=True, eq=False)
class Reportable:
    """The part of a case that matters for its thresholds.

    Attributes
    ----------
    ct : Volume
        HU, (z, y, x).
    noise : NoiseField
        Of it.
    where : numpy.ndarray of bool
        (z, y, x) the n voxels of at least 130 HU that may be ICAC or are.
    probability : numpy.ndarray
        (n,) of ICAC; 0 where it is out of the carotids' reach.
    truth : numpy.ndarray of bool
        (n,).

    """

    ct: Volume
    noise: NoiseField
    where: np.ndarray
    probability: np.ndarray
    truth: np.ndarray

    @classmethod
    def of(cls, voxels: ScoredVoxels, probability: np.ndarray) -> Reportable:
        """Keep what is needed of a case and its probability of ICAC, (z, y, x) on the voxels of its CT."""
        truth = voxels.truth.array > 0
        where = voxels.dense & ((probability > 0) | truth)
        start, size = _around(where, voxels.ct)
        part = tuple(slice(s, s + n) for s, n in zip(start[::-1], size[::-1], strict=True))
        ct, where = voxels.ct.crop(start, size), where[part]
        return cls(ct.like(ct.array.copy()), voxels.noise, where.copy(), probability[part][where], truth[part][where])

    @property
    def voxel_mm3(self) -> float:
        """Volume of a voxel."""
        return self.ct.frame.voxel_volume_mm3

    @property
    def truth_mask(self) -> np.ndarray:
        """The ICAC, bool (z, y, x)."""
        return _placed(self.truth, self.where)

    @property
    def probabilities(self) -> np.ndarray:
        """The probability of ICAC, (z, y, x); 0 where a voxel does not count."""
        return _placed(self.probability, self.where)

    def reported(self, threshold: float, lesion_threshold: float = 0.0) -> np.ndarray:
        """Return what is reported, bool (z, y, x): counted by both thresholds, and not explained by noise."""
        return reported_icac(self.probabilities, self.ct, self.noise, threshold, lesion_threshold).mask


def _placed(values: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return values, (n,), at the n true voxels of a mask, and 0 elsewhere."""
    array = np.zeros(mask.shape, values.dtype)
    array[mask] = values
    return array


def _around(mask: np.ndarray, ct: Volume) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """Return start and size (x, y, z) of the box of a mask and the surroundings that judge its lesions."""
    box = bounding_box(mask) or (slice(0, 1),) * 3
    reach = np.ceil(SURROUNDINGS_MM / np.asarray(ct.frame.spacing[::-1])).astype(int)
    start = [max(part.start - int(r), 0) for part, r in zip(box, reach, strict=True)]
    stop = [min(part.stop + int(r), n) for part, r, n in zip(box, reach, mask.shape, strict=True)]
    return three(start[::-1]), three(b - a for a, b in zip(start[::-1], stop[::-1], strict=True))
