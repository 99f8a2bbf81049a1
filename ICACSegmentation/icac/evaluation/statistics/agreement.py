"""Agreement of two measurements of the same cases: intraclass correlation, bias and limits of agreement.

Intraclass correlations and their confidence intervals follow Shrout and Fleiss 1979 (Psychol Bull 86:420) and McGraw
and Wong 1996 (Psychol Methods 1:30), limits of agreement Bland and Altman 1999 (Stat Methods Med Res 8:135). Pingouin
gives the same intraclass correlations but rounds their intervals to two digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import stats

_NAN = float("nan")


class Estimate(NamedTuple):
    """A value with its confidence interval; not a number where it is undefined."""

    value: float
    low: float = _NAN
    high: float = _NAN


class IntraclassCorrelations(NamedTuple):
    """Intraclass correlations of single measurements."""

    one_way: Estimate
    """ICC(1,1): one-way random effects."""
    agreement: Estimate
    """ICC(2,1) = ICC(A,1): two-way random effects, absolute agreement."""
    consistency: Estimate
    """ICC(3,1) = ICC(C,1): two-way mixed effects, consistency."""


def intraclass_correlations(ratings: np.ndarray, confidence: float = 0.95) -> IntraclassCorrelations:
    """Compute ICC(1,1), ICC(2,1) and ICC(3,1).

    Parameters
    ----------
    ratings : numpy.ndarray
        (n, k): n cases measured by k raters.
    confidence : float

    Returns
    -------
    IntraclassCorrelations
        Not a number if there are fewer than two cases or raters, or if no value differs from another.

    """
    x = np.asarray(ratings, dtype=float)
    n, k = x.shape
    if n < 2 or k < 2 or np.ptp(x) == 0:
        return IntraclassCorrelations(*[Estimate(_NAN)] * 3)
    mean = x.mean()
    between = k * ((x.mean(axis=1) - mean)**2).sum()
    raters = n * ((x.mean(axis=0) - mean)**2).sum()
    residual = ((x - x.mean(axis=1, keepdims=True) - x.mean(axis=0) + mean)**2).sum()
    msr, msc, mse = between / (n - 1), raters / (k - 1), residual / ((n - 1) * (k - 1))
    msw = (raters + residual) / (n * (k - 1))
    upper = (1 + confidence) / 2
    return IntraclassCorrelations(
        one_way=_by_f(msr, msw, k, n - 1, n * (k - 1), upper),
        agreement=_absolute(msr, msc, mse, n, k, upper),
        consistency=_by_f(msr, mse, k, n - 1, (n - 1) * (k - 1), upper),
    )


def _by_f(signal: float, noise: float, k: int, df1: int, df2: int, upper: float) -> Estimate:
    """ICC(1,1) or ICC(3,1), whose interval is that of the F ratio of two mean squares."""
    value = (signal - noise) / (signal + (k - 1) * noise)
    if noise == 0:
        return Estimate(value, value, value)
    ratio = signal / noise
    low, high = ratio / stats.f.ppf(upper, df1, df2), ratio * stats.f.ppf(upper, df2, df1)
    return Estimate(value, (low - 1) / (low + k - 1), (high - 1) / (high + k - 1))


def _absolute(msr: float, msc: float, mse: float, n: int, k: int, upper: float) -> Estimate:
    """ICC(2,1), with the approximate interval of McGraw and Wong (table 7, case 2)."""
    value = (msr - mse) / (msr + (k - 1) * mse + k * (msc - mse) / n)
    if mse == 0:
        return Estimate(value, value, value) if msc == 0 else Estimate(value)
    a, b = k * value, n * (1 + (k - 1) * value) - k * value
    f = msc / mse
    freedom = (a * f + b)**2 / ((a * f)**2 / (k - 1) + b**2 / ((n - 1) * (k - 1)))
    low_f, high_f = stats.f.ppf(upper, n - 1, freedom), stats.f.ppf(upper, freedom, n - 1)
    rest = k * msc + (k * n - k - n) * mse
    return Estimate(value, n * (msr - low_f * mse) / (low_f * rest + n * msr),
                    n * (high_f * msr - mse) / (rest + n * high_f * msr))


@dataclass(frozen=True)
class LimitsOfAgreement:
    """Differences of two measurements, first minus second.

    Attributes
    ----------
    bias : Estimate
        Mean difference.
    lower, upper : Estimate
        Bias -+ 1.96 SD of the differences.
    bias_percent : float
        Bias in per cent of the mean of the second measurement; not a number if that is zero.

    """

    bias: Estimate
    lower: Estimate
    upper: Estimate
    bias_percent: float


def limits_of_agreement(first: np.ndarray, second: np.ndarray, confidence: float = 0.95) -> LimitsOfAgreement:
    """Compute bias and limits of agreement of (n,) measurements; not a number where n is too small."""
    difference = np.asarray(first, dtype=float) - np.asarray(second, dtype=float)
    n, reference = len(difference), float(np.mean(second)) if len(difference) else 0.0
    bias = float(difference.mean()) if n else _NAN
    percent = 100 * bias / reference if reference else _NAN
    if n < 2:
        return LimitsOfAgreement(Estimate(bias), Estimate(_NAN), Estimate(_NAN), percent)
    sd = float(difference.std(ddof=1))
    z = float(stats.norm.ppf(0.975))
    reach = float(stats.t.ppf((1 + confidence) / 2, n - 1)) * sd
    of_bias, of_limit = reach / np.sqrt(n), reach * np.sqrt(1 / n + z**2 / (2 * (n - 1)))

    def around(value: float, half: float) -> Estimate:
        return Estimate(float(value), float(value - half), float(value + half))

    return LimitsOfAgreement(around(bias, of_bias), around(bias - z * sd, of_limit), around(bias + z * sd, of_limit),
                             percent)
