"""The attribution of one lesion: what each voxel of the scan contributed, and what that comes to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icac.attribution.deletion import Deletion
from icac.calcium import is_calcium_dense

#: What the numbers are.
DEFINITION = ("Contribution of each voxel of the scan to the mean log-odds of the lesion, as the network tells them "
              "before the prior by distance from the artery, by integrated gradients from a head of nothing but brain; "
              "the sum of all voxels is score less baseline_score. Above 0 a voxel spoke for ICAC, below 0 against it.")


@dataclass(frozen=True, eq=False)
class Attribution:
    """Why a lesion was called one.

    Attributes
    ----------
    lesion : int
        Its number, as in ``lesions.csv``.
    values : numpy.ndarray
        float32 (z, y, x) on the voxels of the scan, log-odds: what each voxel contributed.
    score, baseline_score : float
        Mean log-odds of the lesion in the scan, and in a head of nothing but brain.
    steps : int
        Points at which the slope was taken.
    deletion : Deletion, optional
        Whether the score falls without the voxels that are named first.

    """

    lesion: int
    values: np.ndarray
    score: float
    baseline_score: float
    steps: int
    deletion: Deletion | None = None

    @property
    def explained(self) -> float:
        """Sum of all contributions over what they should add up to; 1 if nothing is lost."""
        return float(self.values.sum(dtype=np.float64)) / (self.score - self.baseline_score)

    def shares(self, hu: np.ndarray, lesion: np.ndarray) -> dict[str, dict[str, float]]:
        """Return what spoke for and against the lesion, as shares: the lesion, other dense voxels, and the rest.

        Parameters
        ----------
        hu : numpy.ndarray
            (z, y, x) of the scan as it was measured.
        lesion : numpy.ndarray of bool
            (z, y, x) its voxels.

        """
        dense = is_calcium_dense(hu)
        parts = {"lesion": lesion, "other_dense": dense & ~lesion, "less_dense": ~dense & ~lesion}
        return {name: _shares(np.maximum(sign * self.values, 0), parts) for name, sign in (("for", 1), ("against", -1))}


def _shares(amount: np.ndarray, parts: dict[str, np.ndarray]) -> dict[str, float]:
    total = float(amount.sum(dtype=np.float64)) or 1.0
    return {name: float(amount[part].sum(dtype=np.float64)) / total for name, part in parts.items()}
