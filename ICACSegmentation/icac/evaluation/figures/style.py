"""One look for all figures: sizes, colours that are told apart with any colour vision, plain axes."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

#: Colours of Okabe and Ito.
BLUE, ORANGE, GREEN, RED, SKY, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#777777"

#: Found, missed and false ICAC.
FOUND, MISSED, FALSE = GREEN, "#E0301E", SKY

#: Settings of matplotlib within which the figures are drawn.
SETTINGS: dict[Any, Any] = {
    "font.size": 9, "axes.titlesize": 9, "axes.labelsize": 9, "legend.fontsize": 8, "xtick.labelsize": 8,
    "ytick.labelsize": 8, "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False,
    "axes.linewidth": 0.8, "font.family": "DejaVu Sans", "pdf.fonttype": 42,
}


def new_figure(width_mm: float, height_mm: float, columns: int = 1, **grid: Any) -> tuple[Figure, list[Axes]]:
    """Return a figure with a row of axes."""
    figure = Figure(figsize=(width_mm / 25.4, height_mm / 25.4), layout="constrained")
    axes = figure.subplots(1, columns, squeeze=False, **grid)
    return figure, list(axes[0])


def volume_scale(axis: Axes, which: str) -> None:
    """Make an axis of volumes in mm3 logarithmic but for the first mm3, so that zero can be shown."""
    getattr(axis, f"set_{which}scale")("symlog", linthresh=1.0, linscale=0.4)
    line = getattr(axis, f"{which}axis")
    line.set_major_formatter(lambda value, _: f"{value:g}")
    line.set_minor_locator(_no_ticks())


def _no_ticks() -> object:
    from matplotlib.ticker import NullLocator

    return NullLocator()
