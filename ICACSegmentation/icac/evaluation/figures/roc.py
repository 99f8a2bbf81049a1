"""ROC curves for any ICAC in a patient, an artery, a segment."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from icac.evaluation.figures.style import BLUE, GREEN, GREY, ORANGE, new_figure
from icac.evaluation.statistics.roc import RocCurve

_COLORS = {"patient": BLUE, "artery": ORANGE, "segment": GREEN}


def draw_roc(curves: Sequence[RocCurve]) -> Figure:
    """Draw the curves into one diagram."""
    figure, (axis,) = new_figure(90, 88)
    axis.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle="--")
    for curve in curves:
        words = f"{curve.level}: AUC {curve.auc.value:.3f}"
        if curve.auc.low == curve.auc.low:
            words += f" ({curve.auc.low:.3f} to {curve.auc.high:.3f})"
        axis.plot(curve.false_positive_rate, curve.true_positive_rate, color=_COLORS[curve.level], linewidth=1.4,
                  label=f"{words}\n{curve.positives} with, {curve.negatives} without ICAC", clip_on=False)
    axis.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", xlabel="1 − specificity", ylabel="Sensitivity")
    axis.legend(loc="lower right")
    return figure
