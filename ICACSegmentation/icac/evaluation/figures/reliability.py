"""Reliability diagram: how often voxels of a given probability are ICAC."""

from __future__ import annotations

from matplotlib.figure import Figure

from icac.evaluation.figures.style import BLUE, GREEN, GREY, ORANGE, SETTINGS
from icac.evaluation.statistics.calibration import INTERVALS, Calibration

_STYLES = {"none": ("as predicted", BLUE, "o"), "temperature": ("temperature", ORANGE, "s"),
           "temperature and shift": ("temperature and shift", GREEN, "^")}


def draw_reliability(calibration: Calibration) -> Figure:
    """Draw the diagram before and after recalibration, above the number of voxels."""
    figure = Figure(figsize=(95 / 25.4, 115 / 25.4), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": (4, 1)})
    upper.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle="--")
    for variant in calibration.variants:
        words, color, marker = _STYLES[variant.name]
        found = variant.reliability
        some = found.voxels > 0
        upper.plot(found.mean_probability[some], found.icac_share[some], color=color, marker=marker, markersize=4,
                   linewidth=1.2, label=f"{words}: ECE {found.ece:.2g}", clip_on=False)
        lower.step([i / INTERVALS for i in range(INTERVALS + 1)], [*found.voxels, found.voxels[-1]], where="post",
                   color=color, linewidth=1)
    upper.set(xlim=(0, 1), ylim=(0, 1), ylabel="Share of ICAC", aspect="equal")
    upper.legend(loc="upper left", fontsize=SETTINGS["legend.fontsize"])
    lower.set(xlabel="Predicted probability (voxels of at least 130 HU)", ylabel="Voxels", yscale="log")
    return figure
