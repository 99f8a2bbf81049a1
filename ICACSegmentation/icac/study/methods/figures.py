"""Pictures of a study of methods: the bias of the volume, and what probabilities mean, method by method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from icac.evaluation.figures.style import BLUE, GREEN, GREY, ORANGE, RED, SETTINGS, new_figure
from icac.files import whole_file

#: What is kept of a method, by its key.
Results = Mapping[str, Mapping[str, Any]]

#: Voxels of which pictures are drawn: key of what is kept of them, ending of the file, words.
_VOXELS = (("calibration", "", "all analysed voxels"), ("uncertain", "_uncertain", "voxels on which observers differ"))

_STYLES = {"none": ("bare network", ORANGE, "s"), "temperature": ("temperature", BLUE, "o"),
           "temperature and shift": ("temperature and shift", GREEN, "^")}

#: Reliability diagrams beside each other.
_COLUMNS = 4


def save_methods_figures(results: Results, folder: Path) -> list[str]:
    """Write ``methods_bias``, ``methods_reliability`` and those of uncertain voxels, as PNG and PDF.

    Returns
    -------
    list of str
        Names of the PNG files.

    Raises
    ------
    OutputError
        If one cannot be written.

    """
    with matplotlib.rc_context(SETTINGS):
        drawn = {"methods_bias": _bias(results)}
        for kept, ending, words in _VOXELS:
            of = {key: found[kept] for key, found in results.items() if found.get(kept)}
            if of:
                drawn[f"methods_reliability{ending}"] = _diagrams(of, words)
        for name, figure in drawn.items():
            for form in ("png", "pdf"):
                with whole_file(folder / f"{name}.{form}") as temporary:
                    figure.savefig(temporary, dpi=200, format=form)
    return [f"{name}.png" for name in drawn]


def _bias(results: Results) -> Figure:
    """Draw how far expected and thresholded volume are from the true one: methods from top to bottom."""
    panels = [(kept, words) for kept, _, words in _VOXELS if any(found.get(kept) for found in results.values())]
    figure, axes = new_figure(50 + 75 * len(panels), 30 + 7 * len(results), columns=max(len(panels), 1), sharey=True)
    for axis, (kept, words) in zip(axes, panels, strict=False):
        for place, found in enumerate(results.values()):
            _draw_bias(axis, place, found.get(kept) or [])
        axis.axvline(0, color=GREY, linewidth=0.8)
        axis.grid(axis="y", linewidth=0.4, alpha=0.5)
        axis.set_title(words, loc="left")
        axis.set_xlabel("Volume less the true volume, per cent of it")
    axes[0].set_yticks(range(len(results)), list(results))
    axes[0].set_ylim(len(results) - 0.5, -0.5)
    handles = {label: handle for axis in axes
               for handle, label in zip(*axis.get_legend_handles_labels(), strict=True)}
    figure.legend(list(handles.values()), list(handles), loc="outside upper center", ncols=2)
    return figure


def _draw_bias(axis: Axes, place: int, judged: Sequence[Mapping[str, Any]]) -> None:
    for one in judged:
        words, color, marker = _STYLES[one["recalibration"]]
        axis.plot(_percent(one["expected_over_true"]), place, color=color, marker=marker, markersize=5, linestyle="",
                  label=f"expected, {words}")
    if judged:
        axis.plot(_percent(judged[0]["thresholded_over_true"]), place, color=RED, marker="D", markersize=5,
                  linestyle="", label="above the threshold")


def _percent(ratio: float | None) -> float:
    return float("nan") if ratio is None else 100 * (ratio - 1)


def _diagrams(of: Mapping[str, Sequence[Mapping[str, Any]]], words: str) -> Figure:
    """Draw a reliability diagram of each method, before and after recalibration."""
    columns = min(_COLUMNS, len(of))
    rows = -(-len(of) // columns)
    figure = Figure(figsize=((20 + 55 * columns) / 25.4, (25 + 55 * rows) / 25.4), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True).ravel()
    for axis, (key, judged) in zip(axes, of.items(), strict=False):
        axis.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle="--")
        for one in judged:
            _draw_diagram(axis, one)
        axis.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
        axis.set_title(key, loc="left")
    for axis in axes[len(of):]:
        axis.set_visible(False)
    figure.supxlabel(f"Predicted probability ({words})", fontsize=SETTINGS["axes.labelsize"])
    figure.supylabel("Share of ICAC", fontsize=SETTINGS["axes.labelsize"])
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    return figure


def _draw_diagram(axis: Axes, one: Mapping[str, Any]) -> None:
    words, color, marker = _STYLES[one["recalibration"]]
    mean, share = (np.array(one["diagram"][name], float) for name in ("mean_probability", "icac_share"))
    some = np.isfinite(mean) & np.isfinite(share)
    axis.plot(mean[some], share[some], color=color, marker=marker, markersize=3, linewidth=1.1, label=words,
              clip_on=False)
