"""Which lesions are missed: size against density and against contact with bone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from icac.evaluation.figures.style import FOUND, MISSED, new_figure
from icac.evaluation.measures.detection import DetectedLesion


def draw_lesions(lesions: Sequence[DetectedLesion]) -> Figure:
    """Draw found and missed true lesions; without CT only by size."""
    seen = [(lesion, lesion.max_hu, lesion.bone_contact_share) for lesion in lesions]
    known = [(lesion, hu, contact) for lesion, hu, contact in seen if hu is not None and contact is not None]
    if not known:
        figure, (axis,) = new_figure(100, 75)
        _sizes(axis, lesions)
        return figure
    figure, (left, right) = new_figure(180, 80, 2)
    dense, peaks = [lesion for lesion, _, _ in known], [hu for _, hu, _ in known]
    _scatter(left, dense, peaks)
    left.set(yscale="log", ylabel="Peak density (HU)")
    ticks = [v for v in (130, 200, 300, 400, 600, 1000, 2000) if v <= max(peaks) * 1.1]
    left.set_yticks(ticks, [str(v) for v in ticks])
    left.minorticks_off()
    _scatter(right, dense, [100 * contact for _, _, contact in known])
    right.set(ylabel="Contact with other dense tissue\n(% of the surface)")
    handles, labels = left.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=2)
    return figure


def _scatter(axis: Axes, lesions: Sequence[DetectedLesion], values: Sequence[float]) -> None:
    volume, y = np.array([lesion.volume_mm3 for lesion in lesions]), np.array(values)
    missed = np.array([lesion.kind == "missed" for lesion in lesions])
    # Missed ones come last and with another mark, as there are fewer of them where they matter.
    for chosen, color, marker, words in ((~missed, FOUND, "o", "found"), (missed, MISSED, "x", "missed")):
        axis.scatter(volume[chosen], y[chosen], s=14, c=color, marker=marker, alpha=0.7,
                     label=f"{words} ({chosen.sum()})", linewidths=0 if marker == "o" else 1)
    axis.set(xscale="log", xlabel="True volume of the lesion (mm³)")
    axis.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axis.minorticks_off()


def _sizes(axis: Axes, lesions: Sequence[DetectedLesion]) -> None:
    groups = [[lesion.volume_mm3 for lesion in lesions if lesion.kind == kind] for kind in ("found", "missed")]
    every = np.concatenate([np.array(group) for group in groups])
    edges = np.geomspace(every.min() * 0.99, every.max() * 1.01, 16).tolist()
    axis.hist(groups, edges, stacked=True, color=[FOUND, MISSED],
              label=[f"found ({len(groups[0])})", f"missed ({len(groups[1])})"])
    axis.set(xscale="log", xlabel="True volume of the lesion (mm³)", ylabel="Lesions")
    axis.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axis.legend()
