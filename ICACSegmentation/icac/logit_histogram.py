"""Histograms of network outputs over the dense voxels of validation cases, and all that is judged from them.

A histogram of logits, split by truth, holds what Dice, sensitivity, cross-entropy and the temperature of a model need;
it is small, and adds up over processes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Logits are counted from -LIMIT to LIMIT; sigmoid(-20) is 2e-9.
_LIMIT = 20.0
_BINS = 2000
_WIDTH = 2 * _LIMIT / _BINS

#: Logit in the middle of each bin.
BIN_LOGITS = -_LIMIT + _WIDTH * (np.arange(_BINS) + 0.5)


def count_logits(logits: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Count voxels by truth and logit.

    Parameters
    ----------
    logits : numpy.ndarray
        (n,) network outputs of dense voxels.
    truth : numpy.ndarray of bool
        (n,)

    Returns
    -------
    numpy.ndarray of float64
        (2, bins): row 0 not ICAC, row 1 ICAC.

    """
    flat = _bins(logits) + _BINS * truth.astype(int)
    return np.bincount(flat, minlength=2 * _BINS).reshape(2, _BINS).astype(float)


def count_shares(logits: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Count voxels of which only the share of observers is known that take them for ICAC, by truth and logit.

    Parameters
    ----------
    logits : numpy.ndarray
        (n,) network outputs.
    share : numpy.ndarray
        (n,) from 0 to 1: so much of a voxel is counted as ICAC, the rest as none.

    Returns
    -------
    numpy.ndarray of float64
        (2, bins), as of :func:`count_logits`.

    """
    return np.stack([np.bincount(_bins(logits), weights, minlength=_BINS) for weights in (1.0 - share, share)])


def _bins(logits: np.ndarray) -> np.ndarray:
    return np.clip(((logits + _LIMIT) / _WIDTH).astype(int), 0, _BINS - 1)


@dataclass(frozen=True)
class HistogramScore:
    """How well a network separates ICAC from other dense voxels.

    Attributes
    ----------
    loss : float
        Mean cross-entropy over all dense voxels.
    threshold : float
        Probability at which pooled Dice is highest.
    dice, sensitivity, ppv : float
        There, pooled over all voxels.
    dice_half : float
        Pooled Dice at a probability of 0.5.
    case_dice : float
        Mean over cases of Dice at ``threshold``; 1 if neither truth nor prediction has a voxel.
    volume_ratio : float
        Predicted over true number of voxels at ``threshold``.

    """

    loss: float
    threshold: float
    dice: float
    sensitivity: float
    ppv: float
    dice_half: float
    case_dice: float
    volume_ratio: float


def score_histogram(counts: np.ndarray, temperature: float = 1.0) -> HistogramScore:
    """Judge from histograms (cases, 2, bins), with the logits divided by ``temperature``."""
    logits = BIN_LOGITS / temperature
    pooled = counts.sum(0)
    hits = np.cumsum(pooled[1][::-1])[::-1]
    called = hits + np.cumsum(pooled[0][::-1])[::-1]
    truth = max(float(pooled[1].sum()), 1e-9)
    dice = 2 * hits / np.maximum(truth + called, 1e-9)
    best = int(np.argmax(dice))
    half = int(np.searchsorted(logits, 0.0))
    return HistogramScore(
        loss=cross_entropy(pooled, temperature),
        threshold=float(_sigmoid(logits[best] - 0.5 * _WIDTH / temperature)),
        dice=float(dice[best]),
        sensitivity=float(hits[best] / truth),
        ppv=float(hits[best] / max(called[best], 1e-9)),
        dice_half=float(dice[half]),
        case_dice=float(np.mean([_case_dice(case, best) for case in counts])),
        volume_ratio=float(called[best] / truth),
    )


def cross_entropy(pooled: np.ndarray, temperature: float = 1.0) -> float:
    """Return the mean cross-entropy of a histogram (2, bins) with the logits divided by ``temperature``."""
    logits = BIN_LOGITS / temperature
    total = pooled[1] @ np.logaddexp(0, -logits) + pooled[0] @ np.logaddexp(0, logits)
    return float(total / max(pooled.sum(), 1.0))


def fit_temperature(pooled: np.ndarray) -> float:
    """Return the temperature that minimises the cross-entropy of a histogram (2, bins) (Guo et al. 2017, section 4).

    Fitted with L-BFGS on the logarithm of the temperature. 1 if the histogram has no ICAC.
    """
    from scipy.optimize import minimize

    if pooled[1].sum() == 0 or pooled[0].sum() == 0:
        return 1.0
    fit = minimize(lambda t: cross_entropy(pooled, float(np.exp(t[0]))), x0=[0.0], method="L-BFGS-B",
                   bounds=[(np.log(0.05), np.log(20.0))])
    return float(np.exp(fit.x[0]))


def _case_dice(case: np.ndarray, best: int) -> float:
    hits, truth, called = case[1][best:].sum(), case[1].sum(), case[:, best:].sum()
    return 1.0 if truth + called == 0 else float(2 * hits / (truth + called))


def _sigmoid(value: float) -> float:
    return 1.0 / (1.0 + np.exp(-value))
