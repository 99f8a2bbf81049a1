"""Recalibrating probabilities on validation cases: a temperature, and a shift for another share of ICAC.

A logit z becomes z / T + b. The temperature T alone is that of Guo et al. 2017 ("On calibration of modern neural
networks", section 4); it is fitted by the same function that training uses. The shift b is the logarithm of the ratio
of odds of ICAC, so T = 1 with b is the change of prior p' = (t/s) p / ((t/s) p + (1-t)/(1-s) (1-p)) from share s to
share t, b = logit(t) - logit(s).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icac.logit_histogram import BIN_LOGITS, fit_temperature

#: Bounds of the fit: temperature, and shift in units of log odds.
_TEMPERATURES, _SHIFTS = (0.05, 20.0), (-10.0, 10.0)


@dataclass(frozen=True)
class Recalibration:
    """The map z -> z / temperature + shift of logits.

    Attributes
    ----------
    temperature : float
        Above 0; above 1 for networks that are too sure.
    shift : float
        Log odds.

    """

    temperature: float = 1.0
    shift: float = 0.0

    def logits(self, logits: np.ndarray) -> np.ndarray:
        """Recalibrate logits of any shape."""
        return logits / self.temperature + self.shift

    def bin_probabilities(self) -> np.ndarray:
        """Return the recalibrated probability of each bin of a histogram, shape (bins,)."""
        return sigmoid(self.logits(BIN_LOGITS))


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """Return the probabilities of logits, without overflow."""
    return 0.5 * (1 + np.tanh(0.5 * np.asarray(logits, dtype=float)))


def fit_recalibration(histogram: np.ndarray, with_shift: bool = False) -> Recalibration:
    """Fit on the histogram (2, bins) of the logits of validation cases, see :mod:`icac.logit_histogram`.

    Parameters
    ----------
    histogram : numpy.ndarray
        Row 0 not ICAC, row 1 ICAC.
    with_shift : bool
        Fit temperature and shift together (L-BFGS on the cross-entropy) instead of the temperature alone.

    Returns
    -------
    Recalibration
        The identity if one of the classes is absent.

    """
    if (histogram.sum(axis=1) == 0).any():
        return Recalibration()
    temperature = fit_temperature(histogram)
    if not with_shift:
        return Recalibration(temperature)
    from scipy.optimize import minimize

    fit = minimize(lambda x: _loss_and_slope(histogram, float(np.exp(-x[0])), x[1]), jac=True, method="L-BFGS-B",
                   x0=[np.log(temperature), 0.0], bounds=[np.log(_TEMPERATURES), _SHIFTS])
    return Recalibration(float(np.exp(fit.x[0])), float(fit.x[1]))


def _loss_and_slope(histogram: np.ndarray, scale: float, shift: float) -> tuple[float, np.ndarray]:
    """Return the mean cross-entropy at z * scale + shift, and its slope along (log temperature, shift)."""
    logits = BIN_LOGITS * scale + shift
    total = histogram.sum()
    loss = histogram[1] @ np.logaddexp(0, -logits) + histogram[0] @ np.logaddexp(0, logits)
    error = histogram.sum(axis=0) * sigmoid(logits) - histogram[1]
    return float(loss / total), np.array([-scale * (error @ BIN_LOGITS), error.sum()]) / total
