"""How likely ICAC is at a distance from the registered carotid course: a prior that the network cannot know.

The network sees 42 x 42 x 18 mm of HU and nothing of where it is in the head. The reference head, once registered,
tells how far every voxel lies from the expected course of the artery. Both are combined as log-odds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Probabilities are kept this far from 0 and 1 when they are turned into log-odds.
_MARGIN = 1e-7


@dataclass(frozen=True)
class CoursePrior:
    """Log-odds that are added to those of the network.

    Attributes
    ----------
    distance_mm : tuple of float
        Distances from the centreline of the reference's carotid course after registration, rising.
    log_odds : tuple of float
        What is added there; interpolated linearly between, constant outside.

    Raises
    ------
    ValueError
        If the two differ in length or the distances do not rise.

    """

    distance_mm: tuple[float, ...]
    log_odds: tuple[float, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "distance_mm", tuple(float(v) for v in self.distance_mm))
        object.__setattr__(self, "log_odds", tuple(float(v) for v in self.log_odds))
        if len(self.distance_mm) != len(self.log_odds) or len(self.log_odds) < 2:
            raise ValueError("course_prior needs as many log_odds as distance_mm, at least 2")
        if not np.all(np.diff(self.distance_mm) > 0):
            raise ValueError("course_prior.distance_mm must rise")

    def apply(self, probability: np.ndarray, distance_mm: np.ndarray) -> np.ndarray:
        """Return the probabilities (any shape, float32) with the prior at the same voxels' distances in mm."""
        p = np.clip(probability.astype(np.float64), _MARGIN, 1 - _MARGIN)
        logit = np.log(p / (1 - p)) + np.interp(distance_mm, self.distance_mm, self.log_odds)
        return (1 / (1 + np.exp(-logit))).astype(np.float32)
