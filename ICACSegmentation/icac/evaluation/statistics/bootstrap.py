"""Confidence intervals by drawing cases with replacement (percentile bootstrap, Efron and Tibshirani 1993).

Cases are drawn, not voxels, lesions or arteries: those of one patient are not independent.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from icac.evaluation.statistics.agreement import Estimate

#: Number of draws, and seed; the same cases always give the same interval.
DRAWS, SEED = 2000, 20170707


def bootstrap(statistic: Callable[[np.ndarray], float], cases: int, draws: int = DRAWS) -> Estimate:
    """Estimate a statistic and its 95% interval.

    Parameters
    ----------
    statistic : callable
        Takes indices of cases (m,), repetitions included; returns a number, or not a number where undefined.
    cases : int
        Number of cases.
    draws : int

    Returns
    -------
    Estimate
        Without interval if there are fewer than two cases or the statistic is undefined.

    """
    value = float(statistic(np.arange(cases))) if cases else float("nan")
    if cases < 2 or np.isnan(value):
        return Estimate(value)
    rng = np.random.default_rng(SEED)
    found = [statistic(rng.integers(0, cases, cases)) for _ in range(draws)]
    low, high = np.nanpercentile(found, (2.5, 97.5))
    return Estimate(value, float(low), float(high))


def bootstrap_mean(values: np.ndarray, draws: int = DRAWS) -> Estimate:
    """Estimate the mean of (n,) values, leaving out those that are not numbers."""
    kept = np.asarray(values, dtype=float)
    kept = kept[~np.isnan(kept)]
    return bootstrap(lambda index: float(kept[index].mean()), len(kept), draws)


def bootstrap_ratio(numerator: np.ndarray, denominator: np.ndarray, draws: int = DRAWS) -> Estimate:
    """Estimate sum(numerator) / sum(denominator) of (n,) values a case; not a number if the denominator is zero."""
    numerator, denominator = np.asarray(numerator, dtype=float), np.asarray(denominator, dtype=float)

    def ratio(index: np.ndarray) -> float:
        below = denominator[index].sum()
        return float(numerator[index].sum() / below) if below else float("nan")

    return bootstrap(ratio, len(numerator), draws)
