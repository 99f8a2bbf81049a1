"""Whether an attribution is true to the network: without the voxels that it names first, the score must fall first.

The deletion test of Petsiuk et al. 2018 (RISE, arXiv 1806.07421): voxels are set to the baseline in some order, and the
score is followed. Random voxels of the same kind, at least 130 HU, are the order to beat; those of all kinds would be
beaten by any map that knows where bone is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from icac.attribution.lesion_score import LesionScore

#: Shares of the dense voxels that are deleted, one after the other.
SHARES = (0.0, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)

#: Random orders that are tried; their mean counts.
RANDOM_ORDERS = 3


@dataclass(frozen=True)
class Deletion:
    """The score after more and more dense voxels were deleted.

    Attributes
    ----------
    shares : tuple of float
        Of the dense voxels that are deleted.
    attributed, random : tuple of float
        The score, with the most attributed voxels deleted first, and with random ones.

    """

    shares: tuple[float, ...]
    attributed: tuple[float, ...]
    random: tuple[float, ...]

    @property
    def fell_by(self) -> tuple[float, float]:
        """How far the score fell on average of the shares in between: attributed voxels first, random ones first."""
        attributed, random = (values[0] - float(np.mean(values[1:-1])) for values in (self.attributed, self.random))
        return attributed, random


def delete(score: LesionScore, x: np.ndarray, baseline: np.ndarray, attribution: np.ndarray, dense: np.ndarray,
           shares: Sequence[float] = SHARES) -> Deletion:
    """Delete dense voxels in the order of an attribution, and at random.

    Parameters
    ----------
    score : LesionScore
    x, baseline, attribution : numpy.ndarray
        What the network is shown, what takes its place, and what each voxel contributes, float32 (z, y, x).
    dense : numpy.ndarray of bool
        (z, y, x) voxels that are deleted.
    shares : sequence of float

    """
    voxels = np.flatnonzero(dense)
    by_attribution = voxels[np.argsort(-attribution.ravel()[voxels], kind="stable")]
    rng = np.random.default_rng(0)
    random = np.mean([_followed(score, x, baseline, rng.permutation(voxels), shares) for _ in range(RANDOM_ORDERS)],
                     axis=0)
    return Deletion(tuple(shares), _followed(score, x, baseline, by_attribution, shares), tuple(map(float, random)))


def _followed(score: LesionScore, x: np.ndarray, baseline: np.ndarray, order: np.ndarray, shares: Sequence[float]
              ) -> tuple[float, ...]:
    scores = []
    for share in shares:
        left = x.copy()
        gone = order[:round(share * len(order))]
        left.flat[gone] = baseline.flat[gone]
        scores.append(score.score(left))
    return tuple(scores)
