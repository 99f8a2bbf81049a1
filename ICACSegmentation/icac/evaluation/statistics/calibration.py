"""Do probabilities mean what they say: voxel by voxel (reliability), and summed to volumes.

Only the analysed voxels count: at least 130 HU, where the network looked. All others are certain, and their millions
would make any calibration error vanish.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from icac.evaluation.measures.case_measures import CaseMeasures
from icac.evaluation.statistics.temperature import Recalibration, fit_recalibration

#: Number of equal intervals of probability.
INTERVALS = 15

#: Words for reports.
DEFINITION = (f"Expected calibration error (ECE): mean over {INTERVALS} equal intervals of probability, weighted by "
              "their voxels, of |share of ICAC - mean probability| (Guo et al. 2017). Analysed voxels only: at least "
              "130 HU (if a CT is given) with a probability above 0.")


@dataclass(frozen=True, eq=False)
class Reliability:
    """A reliability diagram; arrays of shape (intervals,), not a number where an interval is empty.

    Attributes
    ----------
    voxels : numpy.ndarray
    mean_probability, icac_share : numpy.ndarray
    cross_entropy, brier : float
        Mean over all voxels.

    """

    voxels: np.ndarray
    mean_probability: np.ndarray
    icac_share: np.ndarray
    cross_entropy: float
    brier: float

    @property
    def ece(self) -> float:
        """Expected calibration error; see :data:`DEFINITION`."""
        if not self.voxels.sum():
            return float("nan")
        gap = np.abs(self.icac_share - self.mean_probability)
        return float(np.nansum(self.voxels * gap) / self.voxels.sum())


def reliability(histogram: np.ndarray, probabilities: np.ndarray) -> Reliability:
    """Judge probabilities.

    Parameters
    ----------
    histogram : numpy.ndarray
        (2, n) number of voxels by truth and bin.
    probabilities : numpy.ndarray
        (n,) probability that each bin stands for.

    """
    # The edge of an interval belongs to it, as in Guo et al.: (0, 1/15], (1/15, 2/15], ...
    interval = np.clip(np.ceil(probabilities * INTERVALS).astype(int) - 1, 0, INTERVALS - 1)
    count = histogram.sum(axis=0).astype(float)

    def summed(weights: np.ndarray) -> np.ndarray:
        return np.bincount(interval, weights, minlength=INTERVALS)

    voxels, total = summed(count), max(count.sum(), 1.0)
    p = np.clip(probabilities, 1e-12, 1 - 1e-12)
    with np.errstate(invalid="ignore"):
        mean, share = summed(count * probabilities) / voxels, summed(histogram[1].astype(float)) / voxels
    return Reliability(voxels, mean, share,
                       float(-(histogram[1] @ np.log(p) + histogram[0] @ np.log1p(-p)) / total),
                       float((histogram[1] @ (1 - p)**2 + histogram[0] @ p**2) / total))


@dataclass(frozen=True, eq=False)
class Recalibrated:
    """What a recalibration does to the evaluated cases.

    Attributes
    ----------
    name : str
        ``none``, ``temperature`` or ``temperature and shift``.
    maps : tuple of Recalibration
        One, or two if cases judged each other crosswise.
    reliability : Reliability
    expected_mm3 : numpy.ndarray
        Expected volume of each case.

    """

    name: str
    maps: tuple[Recalibration, ...]
    reliability: Reliability
    expected_mm3: np.ndarray


@dataclass(frozen=True, eq=False)
class Calibration:
    """The calibration of the evaluated cases that have probabilities, before and after recalibration.

    Attributes
    ----------
    cases : tuple of CaseMeasures
    fitted_on : str
        In words.
    variants : tuple of Recalibrated
        The first is without recalibration.

    """

    cases: tuple[CaseMeasures, ...]
    fitted_on: str
    variants: tuple[Recalibrated, ...]


def measure_calibration(cases: Sequence[CaseMeasures], validation: Sequence[CaseMeasures]) -> Calibration | None:
    """Measure the calibration of cases; None if none has probabilities.

    Recalibrations are fitted on ``validation``. Without it the evaluated cases are divided in two (every other one),
    and each half is recalibrated by a fit on the other, so that no case is judged by a fit on itself.
    """
    cases = tuple(case for case in cases if case.logits is not None)
    validation = [case for case in validation if case.logits is not None]
    if not cases:
        return None
    if validation:
        folds, fits, words = [cases], [_pooled(validation)], f"{len(validation)} validation cases"
    elif len(cases) > 1:
        folds = [cases[::2], cases[1::2]]
        fits, words = [_pooled(folds[1]), _pooled(folds[0])], "the other half of the evaluated cases"
    else:
        folds, fits, words = [cases], [], "nothing: one case and no validation cases"
    variants = [_recalibrated("none", cases, [cases], [Recalibration()])]
    for name, with_shift in (("temperature", False), ("temperature and shift", True)):
        if fits:
            maps = [fit_recalibration(histogram, with_shift) for histogram in fits]
            variants.append(_recalibrated(name, cases, folds, maps))
    return Calibration(cases, words, tuple(variants))


def _pooled(cases: Sequence[CaseMeasures]) -> np.ndarray:
    return np.sum([_logits(case) for case in cases], axis=0, dtype=float)


def _logits(case: CaseMeasures) -> np.ndarray:
    assert case.logits is not None, "only cases with probabilities are judged"
    return case.logits


def _recalibrated(name: str, cases: Sequence[CaseMeasures], folds: Sequence[Sequence[CaseMeasures]],
                  maps: Sequence[Recalibration]) -> Recalibrated:
    """Measure each fold with its map; the folds are put together by their probabilities."""
    histograms = [_pooled(fold) for fold in folds]
    probabilities = [found.bin_probabilities() for found in maps]
    expected = {case.case: float(_logits(case).sum(axis=0) @ p) * case.voxel_volume_mm3
                for fold, p in zip(folds, probabilities, strict=True) for case in fold}
    found = reliability(np.concatenate(histograms, axis=1), np.concatenate(probabilities))
    return Recalibrated(name, tuple(maps), found, np.array([expected[case.case] for case in cases]))
