"""Bland-Altman plots of volumes: differences in mm3, and ratios, as volumes are skewed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from icac.evaluation.figures.style import BLUE, GREY, RED, new_figure, volume_scale
from icac.evaluation.measures.case_measures import CaseMeasures
from icac.evaluation.statistics.agreement import LimitsOfAgreement, limits_of_agreement


def draw_agreement(cases: Sequence[CaseMeasures]) -> Figure:
    """Draw both plots."""
    truth = np.array([case.overlap.truth_mm3 for case in cases])
    predicted = np.array([case.overlap.predicted_mm3 for case in cases])
    figure, (left, right) = new_figure(180, 75, 2)
    mean = (truth + predicted) / 2
    plot_differences(left, mean, predicted - truth, limits_of_agreement(predicted, truth), "{:+.1f} mm³")
    left.set_ylabel("Predicted − true volume (mm³)")
    logs = np.log1p(predicted), np.log1p(truth)
    plot_differences(right, mean, logs[0] - logs[1], limits_of_agreement(*logs), "{:+.2f}")
    right.set_ylabel("ln(predicted + 1) − ln(true + 1)")
    return figure


def plot_differences(axis: Axes, mean: np.ndarray, difference: np.ndarray, limits: LimitsOfAgreement,
                     form: str) -> None:
    """Draw differences (n,) over means (n,) with bias and limits of agreement; ``form`` writes their values."""
    axis.axhline(0, color=GREY, linewidth=0.6)
    axis.scatter(mean, difference, s=12, color=BLUE, alpha=0.6, linewidths=0, clip_on=False, zorder=3)
    for estimate, words, style in ((limits.bias, "bias", "-"), (limits.upper, "+1.96 SD", "--"),
                                   (limits.lower, "−1.96 SD", "--")):
        if np.isnan(estimate.value):
            continue
        axis.axhline(estimate.value, color=RED, linestyle=style, linewidth=1)
        if not np.isnan(estimate.low):
            axis.axhspan(estimate.low, estimate.high, color=RED, alpha=0.08, linewidth=0)
        axis.annotate(f"{words}\n{form.format(estimate.value).replace('-', '−')}", (1.01, estimate.value), (0, 0),
                      xycoords=("axes fraction", "data"), textcoords="offset points", va="center", fontsize=7,
                      color=RED)
    axis.set_xlabel("Mean of predicted and true volume (mm³)")
    volume_scale(axis, "x")
    axis.set_xlim(left=0)
