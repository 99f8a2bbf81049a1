"""Volumes in the categories that studies use: how often two measurements put a scan into the same one.

The cut-offs are 0, 10, 100 and 400 mm3: none, up to 10, up to 100, up to 400, and more. A scan lies above a cut-off if
its volume is larger than it. Kappa corrects for chance; weighted, categories further apart count as more wrong, in
proportion to their distance (linear weights, Cohen 1968, Psychol Bull 70:213).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icac.evaluation.statistics.agreement import Estimate
from icac.evaluation.statistics.bootstrap import bootstrap, bootstrap_ratio

#: In mm3.
CUTOFFS_MM3 = (0.0, 10.0, 100.0, 400.0)

#: Words for the categories, from none on.
CATEGORIES = ("none", "up to 10", "10 to 100", "100 to 400", "above 400")

#: Words for reports.
DEFINITION = ("Categories of volume in mm3: none, up to 10, 10 to 100, 100 to 400, above 400. Kappa has linear "
              "weights. A scan lies above a cut-off if its volume is larger than it.")


@dataclass(frozen=True)
class AtCutoff:
    """How two measurements agree on which scans lie above a cut-off.

    Attributes
    ----------
    cutoff_mm3 : float
    above_second, above_first, above_both : int
        Number of scans; the second measurement is the one that is believed, where one is.
    sensitivity, specificity : Estimate
        Of the first measurement, taking the second for right.
    agreement : Estimate
        Share of the scans on which both agree.
    kappa : Estimate

    """

    cutoff_mm3: float
    above_second: int
    above_first: int
    above_both: int
    sensitivity: Estimate
    specificity: Estimate
    agreement: Estimate
    kappa: Estimate


def categories_of(volumes_mm3: np.ndarray) -> np.ndarray:
    """Return the category of each volume (n,), 0 for none; ints (n,)."""
    return np.searchsorted(CUTOFFS_MM3, np.asarray(volumes_mm3, dtype=float), side="left")


def confusion(first: np.ndarray, second: np.ndarray, count: int) -> np.ndarray:
    """Return how often each pair of grades (n,) occurs: (count, count), rows of the second, columns of the first."""
    pairs = np.asarray(second, dtype=int) * count + np.asarray(first, dtype=int)
    return np.bincount(pairs, minlength=count * count).reshape(count, count)


def kappa(first: np.ndarray, second: np.ndarray, count: int, *, is_weighted: bool = True) -> Estimate:
    """Return Cohen's kappa of two sets of grades (n,), from 0 to ``count`` - 1, with its bootstrap interval.

    Not a number if all grades are one and the same, where chance alone agrees always.
    """
    first, second = np.asarray(first, dtype=int), np.asarray(second, dtype=int)
    grades = np.arange(count)
    apart = np.abs(grades[:, None] - grades) if is_weighted else (grades[:, None] != grades).astype(int)

    def statistic(index: np.ndarray) -> float:
        found = confusion(first[index], second[index], count)
        expected = np.outer(found.sum(axis=1), found.sum(axis=0)) / max(len(index), 1)
        wrong = float((apart * expected).sum())
        return 1.0 - float((apart * found).sum()) / wrong if wrong else float("nan")

    return bootstrap(statistic, len(first))


def category_kappa(first_mm3: np.ndarray, second_mm3: np.ndarray) -> Estimate:
    """Return the weighted kappa of the categories of two sets of volumes (n,)."""
    return kappa(categories_of(first_mm3), categories_of(second_mm3), len(CATEGORIES))


def at_cutoffs(first_mm3: np.ndarray, second_mm3: np.ndarray) -> list[AtCutoff]:
    """Return the agreement of two sets of volumes (n,) at each cut-off."""
    return [_at(cutoff, np.asarray(first_mm3) > cutoff, np.asarray(second_mm3) > cutoff) for cutoff in CUTOFFS_MM3]


def _at(cutoff: float, first: np.ndarray, second: np.ndarray) -> AtCutoff:
    same, everywhere = (first == second).astype(float), np.ones(len(first))
    return AtCutoff(
        cutoff, int(second.sum()), int(first.sum()), int((first & second).sum()),
        bootstrap_ratio((first & second).astype(float), second.astype(float)),
        bootstrap_ratio((~first & ~second).astype(float), (~second).astype(float)),
        bootstrap_ratio(same, everywhere), kappa(first, second, 2))
