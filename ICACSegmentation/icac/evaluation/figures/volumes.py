"""Predicted against true volume as a histogram whose bins hold equally many scans (Bortsova et al. 2017, figure 2)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from icac.evaluation.figures.style import GREY, new_figure
from icac.evaluation.measures.case_measures import CaseMeasures

#: Most bins an axis, and how many scans each should hold at least.
MOST_BINS, SCANS_A_BIN = 10, 5


def equal_count_edges(truth: np.ndarray) -> np.ndarray:
    """Return the inner edges of bins (low, high] that hold equally many true volumes (n,), as ties allow.

    Both axes have these edges, so that scans on the diagonal have the right volume. Scans without ICAC are a bin of
    their own if there are enough of them to fill one.
    """
    bins = int(np.clip(len(truth) // SCANS_A_BIN, 2, MOST_BINS))
    return np.unique(np.quantile(truth, np.arange(1, bins) / bins))


def count_pairs(truth: np.ndarray, predicted: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Count scans by predicted (rows) and true (columns) bin; shape (bins, bins)."""
    counts = np.zeros((len(edges) + 1,) * 2, dtype=int)
    np.add.at(counts, (np.searchsorted(edges, predicted), np.searchsorted(edges, truth)), 1)
    return counts


def draw_volumes(cases: Sequence[CaseMeasures]) -> Figure:
    """Draw the histogram."""
    truth = np.array([case.overlap.truth_mm3 for case in cases])
    edges = equal_count_edges(truth)
    counts = count_pairs(truth, np.array([case.overlap.predicted_mm3 for case in cases]), edges)
    figure, (axis,) = new_figure(100, 88)
    bins = len(counts)
    picture = axis.imshow(counts, origin="lower", cmap="Blues", extent=(0, bins, 0, bins), vmin=0)
    for row, column in np.argwhere(counts > 0):
        dark = counts[row, column] > 0.55 * counts.max()
        axis.text(column + 0.5, row + 0.5, counts[row, column], ha="center", va="center", fontsize=7,
                  color="white" if dark else "black")
    for number in range(bins):
        axis.add_patch(Rectangle((number, number), 1, 1, fill=False, edgecolor=GREY, linewidth=0.8))
    ticks = np.arange(1, bins)
    axis.set_xticks(ticks, [_volume(v) for v in edges], rotation=45, ha="right", rotation_mode="anchor")
    axis.set_yticks(ticks, [_volume(v) for v in edges])
    axis.set_xlabel("True volume (mm³), equally many scans a column")
    axis.set_ylabel("Predicted volume (mm³), same limits")
    axis.spines[:].set_visible(False)
    bar = figure.colorbar(picture, ax=axis, shrink=0.8, label="Scans")
    bar.locator = _whole_numbers()
    bar.outline.set_visible(False)
    return figure


def _volume(value: float) -> str:
    return f"{value:.0f}" if value >= 10 or value == 0 else f"{value:.1f}"


def _whole_numbers() -> object:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(integer=True)
