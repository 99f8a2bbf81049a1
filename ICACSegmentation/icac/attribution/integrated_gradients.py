"""Integrated gradients: what each voxel contributes to a score, on the way from a bare head to the scan.

Sundararajan et al. 2017 (arXiv 1703.01365): the slope of the score is averaged along the straight line from a baseline
to the scan and multiplied by the difference of both. The contributions add up to the difference of the two scores.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from icac.attribution.lesion_score import LesionScore

#: What the scan is compared with: nothing but brain, HU. Bone, calcium, fat and air all stand out from it.
BASELINE_HU = 35.0

#: Points of the line at which the slope is taken.
STEPS = 32


def integrated_gradients(score: LesionScore, x: np.ndarray, baseline: np.ndarray, steps: int = STEPS,
                         on_step: Callable[[float], None] | None = None) -> np.ndarray:
    """Return what each voxel contributes to a score.

    Parameters
    ----------
    score : LesionScore
    x, baseline : numpy.ndarray
        What the network is shown, and what it is compared with, float32 (z, y, x).
    steps : int
        Points of the line, in the middle of as many equal parts.
    on_step : callable, optional
        Called with the fraction that is done.

    Returns
    -------
    numpy.ndarray
        float32 (z, y, x), of which the sum is the difference of the scores but for the error of the steps.

    """
    slope = np.zeros(x.shape, np.float64)
    for number in range(steps):
        slope += score.slope(baseline + (number + 0.5) / steps * (x - baseline))
        if on_step:
            on_step((number + 1) / steps)
    return ((x - baseline) * slope / steps).astype(np.float32)
