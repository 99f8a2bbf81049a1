"""How likely ICAC is at a distance from the carotid course: a prior that the network cannot know.

The network sees 42 x 42 x 18 mm of HU, and where it is only as registration tells. The course that is then fitted to
what it sees of the artery tells more: how far every voxel lies outside the lumen of this patient. In its bony canal the
artery has no room, and what lies outside its wall is bone; beyond, calcium bulges farther. Both are combined with the
network's answer as log-odds.
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
        Distances, rising: from the lumen, less than 0 within it, if there are ``canal_log_odds``; else, in packages of
        earlier versions, from the centreline.
    log_odds : tuple of float
        What is added there; interpolated linearly between, constant outside.
    canal_log_odds : tuple of float, optional
        What is added there instead where the artery runs in its bony canal.

    Raises
    ------
    ValueError
        If they differ in length or the distances do not rise.

    """

    distance_mm: tuple[float, ...]
    log_odds: tuple[float, ...]
    canal_log_odds: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "distance_mm", tuple(float(v) for v in self.distance_mm))
        object.__setattr__(self, "log_odds", tuple(float(v) for v in self.log_odds))
        if self.canal_log_odds is not None:
            object.__setattr__(self, "canal_log_odds", tuple(float(v) for v in self.canal_log_odds))
        if any(len(self.distance_mm) != len(row) for row in self._rows) or len(self.log_odds) < 2:
            raise ValueError("course_prior needs as many log_odds as distance_mm, at least 2")
        if not np.all(np.diff(self.distance_mm) > 0):
            raise ValueError("course_prior.distance_mm must rise")

    @property
    def _rows(self) -> tuple[tuple[float, ...], ...]:
        return (self.log_odds,) if self.canal_log_odds is None else (self.log_odds, self.canal_log_odds)

    @property
    def from_lumen(self) -> bool:
        """Whether distances are from the lumen, not from the centreline."""
        return self.canal_log_odds is not None

    def apply(self, probability: np.ndarray, distance_mm: np.ndarray, in_canal: np.ndarray | bool = False
              ) -> np.ndarray:
        """Return the probabilities with the prior.

        Parameters
        ----------
        probability : numpy.ndarray
            Of the network, any shape, float32.
        distance_mm : numpy.ndarray
            The same voxels' distances, mm; not a number where the course is not known, which changes nothing there.
        in_canal : numpy.ndarray of bool
            Whether the artery runs in its bony canal there.

        """
        p = np.clip(probability.astype(np.float64), _MARGIN, 1 - _MARGIN)
        logit = np.log(p / (1 - p)) + np.nan_to_num(self._added(distance_mm, in_canal))
        return (1 / (1 + np.exp(-logit))).astype(np.float32)

    def _added(self, distance_mm: np.ndarray, in_canal: np.ndarray | bool) -> np.ndarray:
        outside, *inside = (np.interp(distance_mm, self.distance_mm, row) for row in self._rows)
        return np.where(in_canal, inside[0], outside) if inside else outside
