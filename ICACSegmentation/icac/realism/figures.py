"""Pictures of a comparison: skull bases side by side, histograms and noise spectra."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from icac.realism.compare import Comparison
from icac.realism.measures import BIN_EDGES, FREQUENCIES
from icac.realism.skull_base import plane_image

#: Heights of the planes that are shown, mm above the centre of the sella: from the carotid canals to the clinoids.
HEIGHTS_MM = (-24.0, -17.0, -11.0, -5.0, 0.0, 5.0)

#: Windows (level, width) in HU.
WINDOWS = {"bone": (400, 1800), "soft": (60, 360)}

#: Simulated patients shown beside the real scan.
SHOWN = 3


def draw_side_by_side(comparison: Comparison, window: str, path: Path) -> None:
    """Draw the same planes of the real head (left column) and of simulated ones, all in one window."""
    level, width = WINDOWS[window]
    bases = (comparison.real, *comparison.simulated[:SHOWN])
    figure = Figure(figsize=(3.0 * len(bases), 3.0 * len(HEIGHTS_MM)), facecolor="black")
    for row, height in enumerate(HEIGHTS_MM):
        for column, base in enumerate(bases):
            axes = figure.add_axes((column / len(bases), 1 - (row + 1) / len(HEIGHTS_MM), 0.99 / len(bases),
                                    0.99 / len(HEIGHTS_MM)))
            axes.imshow(plane_image(base, height), cmap="gray", vmin=level - width / 2, vmax=level + width / 2,
                        interpolation="nearest")
            axes.set_axis_off()
            axes.text(0.02, 0.98, f"{base.name}   {height:+.0f} mm", color="yellow", fontsize=9, va="top",
                      transform=axes.transAxes)
    _save(figure, path)


def draw_curves(comparison: Comparison, path: Path) -> None:
    """Draw histograms of CT numbers and noise power spectra; the real scan in black."""
    figure = Figure(figsize=(11, 4))
    left, right = figure.subplots(1, 2)
    centers = (BIN_EDGES[1:] + BIN_EDGES[:-1]) / 2
    frequencies = (FREQUENCIES[1:] + FREQUENCIES[:-1]) / 2
    pairs = [(base.name, m, "tab:orange") for base, m in zip(comparison.simulated, comparison.simulated_measures,
                                                            strict=True)]
    for name, measures, color in [*pairs, (comparison.real.name, comparison.real_measures, "black")]:
        style = {"color": color, "lw": 1.8 if color == "black" else 0.9, "label": name}
        left.plot(centers, np.maximum(measures.histogram, 1e-6), **style)
        right.plot(frequencies, measures.spectrum, **style)
    left.set(yscale="log", xlabel="HU", ylabel="share of the skull-base box", ylim=(1e-5, 1))
    right.set(xlabel="frequency in the slice, 1/mm", ylabel="noise power, HU² mm²", ylim=(0, None))
    left.axvline(130, color="gray", lw=0.8, ls="--")
    left.legend(fontsize=7)
    figure.tight_layout()
    _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    FigureCanvasAgg(figure)
    figure.savefig(path, dpi=110, facecolor=figure.get_facecolor())
