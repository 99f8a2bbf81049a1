"""Picture of an ablation: mean Dice of the rows beside the published ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib
from matplotlib.axes import Axes

from icac.evaluation.figures.style import BLUE, ORANGE, SETTINGS, new_figure
from icac.files import whole_file
from icac.study.ablation_rows import AblationTable
from icac.study.row_result import Scored, ScoredRow


def save_figure(tables: Scored, stem: Path) -> None:
    """Write ``<stem>.png`` and ``<stem>.pdf``; raises OutputError if that cannot be done."""
    with matplotlib.rc_context(SETTINGS):
        figure, axes = new_figure(95 * len(tables), 85, columns=len(tables), sharex=True)
        for axis, (table, rows) in zip(axes, tables, strict=True):
            _draw(axis, table, rows)
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=2)
        for ending in ("png", "pdf"):
            with whole_file(stem.with_suffix(f".{ending}")) as temporary:
                figure.savefig(temporary, dpi=200, format=ending)


def _draw(axis: Axes, table: AblationTable, rows: Sequence[ScoredRow]) -> None:
    """Draw one table: rows from top to bottom, mean Dice with its interval to the right."""
    places = range(len(rows))
    value, low, high = zip(*(s.result.mean_dice for s in rows), strict=True)
    reach = [[max(v - a, 0.0) for v, a in zip(value, low, strict=True)],
             [max(b - v, 0.0) for v, b in zip(value, high, strict=True)]]
    axis.errorbar(value, [p - 0.1 for p in places], xerr=reach, color=BLUE, marker="o", markersize=5, linestyle="",
                  capsize=2.5, linewidth=1, label=f"this cohort ({rows[0].result.cases} scans, 95% CI)")
    axis.plot([s.row.published.mean_dice for s in rows], [p + 0.1 for p in places], color=ORANGE, marker="D",
              markersize=5, linestyle="", label="paper (1,000 scans of patients; other scans, not comparable)")
    axis.set_yticks(list(places), [s.row.words.replace(", ", ",\n") for s in rows])
    axis.invert_yaxis()
    axis.set_xlabel("Mean Dice")
    axis.set_title(table.title.split(":")[0], loc="left")
    axis.grid(axis="x", linewidth=0.4, alpha=0.5)
