"""Example slices: ICAC that was found in green, missed in red, false in blue."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke

from icac.evaluation.figures.style import FALSE, FOUND, MISSED
from icac.evaluation.measures.examples import Example

#: Length of the scale bar.
_BAR_MM = 10


def draw_examples(examples: Sequence[Example]) -> Figure:
    """Draw each slice twice, plain above marked."""
    figure = Figure(figsize=(len(examples) * 52 / 25.4, 92 / 25.4), layout="constrained")
    for column, example in enumerate(examples):
        plain, marked = (figure.add_subplot(2, len(examples), 1 + column + row * len(examples)) for row in range(2))
        plain.imshow(example.grey, cmap="gray", vmin=0, vmax=255)
        plain.set_title(f"{example.case}, slice {example.slice_number}\ntrue {example.truth_mm3:.1f}, predicted "
                        f"{example.predicted_mm3:.1f} mm³\nDice {example.dice:.2f}", fontsize=7)
        marked.imshow(_colored(example))
        for axis in (plain, marked):
            _finish(axis, example)
    handles = [Patch(color=color, label=words) for color, words in
               ((FOUND, "found"), (MISSED, "missed"), (FALSE, "false"))]
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure


def _colored(example: Example) -> np.ndarray:
    picture = np.repeat(example.grey[..., None] / 255.0, 3, axis=2)
    for mask, color in ((example.found, FOUND), (example.missed, MISSED), (example.false, FALSE)):
        picture[mask] = to_rgb(color)
    return picture


def _finish(axis: Axes, example: Example) -> None:
    height, width = example.grey.shape
    start, length = 0.04 * width, _BAR_MM * example.pixels_per_mm
    halo = {"path_effects": [withStroke(linewidth=2.5, foreground="black")]}
    axis.plot([start, start + length], [height * 0.94] * 2, color="white", linewidth=1.5, solid_capstyle="butt",
              path_effects=[withStroke(linewidth=3, foreground="black")])
    axis.text(start + length / 2, height * 0.91, f"{_BAR_MM} mm", color="white", fontsize=6, ha="center", va="bottom",
              **halo)
    axis.text(start, height * 0.5, "R", color="white", fontsize=7, va="center", **halo)
    axis.set(xlim=(0, width), ylim=(height, 0))
    axis.set_axis_off()
