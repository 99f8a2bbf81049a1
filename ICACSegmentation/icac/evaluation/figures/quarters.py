"""Mean Dice by quarter of true volume, with published values for orientation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from icac.evaluation.figures.style import BLUE, ORANGE, RED, SKY, new_figure
from icac.evaluation.statistics.literature import PUBLISHED
from icac.evaluation.statistics.quarters import Quarter

_WIDTH = 0.38


def draw_quarters(every: Sequence[Quarter], nonempty: Sequence[Quarter]) -> Figure:
    """Draw bars for all scans and for those with ICAC; published values are lines across them."""
    figure, (axis,) = new_figure(130, 90)
    _bars(axis, every, -_WIDTH / 2, SKY, f"all {sum(q.cases for q in every)} scans (both empty: Dice 1)")
    _bars(axis, nonempty, _WIDTH / 2, BLUE, f"{sum(q.cases for q in nonempty)} scans with ICAC")
    published = [(p.name, p.quarters) for p in PUBLISHED if p.quarters]
    for (name, values), color in zip(published, (RED, ORANGE), strict=True):
        for x, value in enumerate(values):
            axis.plot([x - _WIDTH, x + _WIDTH], [value, value], color=color, linewidth=1.4, linestyle=(0, (3, 1.5)),
                      label=f"{name} (real patients)" if x == 0 else None)
    axis.set_xticks(range(4), [_label(n, nonempty) for n in range(1, 5)])
    axis.set_ylim(0, 1)
    axis.set_ylabel("Mean Dice (95% CI)")
    axis.set_xlabel("Quarter of true volume (limits in mm³: scans with ICAC)")
    figure.legend(loc="outside upper center", ncols=2,
                  title="Lines: published values of other scans, not comparable with simulated ones", title_fontsize=8)
    return figure


def _bars(axis: Axes, found: Sequence[Quarter], shift: float, color: str, label: str) -> None:
    x = np.array([q.number - 1 for q in found]) + shift
    value = np.array([q.dice.value for q in found])
    bounds = np.array([[q.dice.low, q.dice.high] for q in found]).reshape(-1, 2)
    reach = np.nan_to_num(np.abs(bounds - value[:, None]))
    axis.bar(x, value, _WIDTH * 0.95, color=color, label=label, yerr=reach.T, capsize=2.5,
             error_kw={"linewidth": 0.8, "ecolor": "black"})


def _label(number: int, found: Sequence[Quarter]) -> str:
    quarter = next((q for q in found if q.number == number), None)
    return f"{number}" if quarter is None else f"{number}\n{quarter.low_mm3:.3g} to {quarter.high_mm3:.3g}"
