"""Two-sided sign test of forced choices between two alternatives."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SignTest:
    """How often the first of two alternatives was chosen.

    Attributes
    ----------
    chosen, total : int
    share : float
        chosen / total; NaN without choices.
    low, high : float
        95% confidence limits of the share (Clopper and Pearson, exact).
    p_value : float
        Two-sided, of chance deciding; 1 without choices.

    """

    chosen: int
    total: int
    share: float
    low: float
    high: float
    p_value: float


def sign_test(chosen: int, total: int) -> SignTest:
    """Test whether one of two alternatives is chosen more often than by chance (exact binomial test).

    Parameters
    ----------
    chosen : int
        How often the first alternative was chosen, at most `total`.
    total : int

    """
    if total == 0:
        return SignTest(0, 0, float("nan"), 0.0, 1.0, 1.0)
    from scipy.stats import binomtest

    test = binomtest(chosen, total)
    limits = test.proportion_ci(method="exact")
    return SignTest(chosen, total, chosen / total, float(limits.low), float(limits.high), float(test.pvalue))
