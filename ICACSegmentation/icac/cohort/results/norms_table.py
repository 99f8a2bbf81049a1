"""Norms as a table, and as a picture of their percentiles over age."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from icac.norms import Norms
from icac.norms.norms import GROUPS
from icac.norms.smooth import AtAge, binomial_interval

#: Percentiles of the table, and those of the picture.
PERCENTILES, DRAWN = (5, 10, 25, 50, 75, 90, 95), (25, 50, 75, 90)

_COLORS = {"female": "#D55E00", "male": "#0072B2", "all": "#777777"}


def norms_rows(norms: Norms) -> tuple[list[str], list[dict[str, Any]]]:
    """Return columns and rows of the table: one row a group and a year of age."""
    columns = ["group", "age", "people", "carried_by", "none_percent", "none_low", "none_high"]
    columns += [f"p{percent}_mm3{end}" for percent in PERCENTILES for end in ("", "_low", "_high")]
    return columns, [_row(group, at, norms.people[group]) for group, ages in norms.groups.items() for at in ages]


def _row(group: str, at: AtAge, people: int) -> dict[str, Any]:
    low, high = binomial_interval(at.none_share, at.people)
    row: dict[str, Any] = {"group": group, "age": at.age, "people": people, "carried_by": round(at.people, 1),
                           "none_percent": round(100 * at.none_share, 2), "none_low": round(100 * low, 2),
                           "none_high": round(100 * high, 2)}
    for percent in PERCENTILES:
        volumes = (percent / 100, *binomial_interval(percent / 100, at.people))
        row |= {f"p{percent}_mm3{end}": round(at.volume_at(share), 2)
                for end, share in zip(("", "_low", "_high"), volumes, strict=True)}
    return row


def draw_norms(norms: Norms, ages: Sequence[float | None], sexes: Sequence[str], volumes_mm3: Sequence[float],
               path: Path) -> Path | None:
    """Draw percentiles over age, with the people of whom they were made; None where matplotlib is not installed."""
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError:
        return None
    groups: list[str] = [group for group in ("female", "male") if group in norms.groups] or ["all"]
    with matplotlib.rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(3.6 * len(groups), 3.4), layout="constrained")
        for axis, group in zip(figure.subplots(1, len(groups), squeeze=False, sharey=True)[0], groups, strict=True):
            inside = [n for n, sex in enumerate(sexes) if group in ("all", sex)]
            axis.scatter([ages[n] for n in inside], [volumes_mm3[n] for n in inside], s=4, color="#999999", alpha=0.4,
                         linewidths=0)
            _curves(axis, norms.groups[group], _COLORS[group])
            axis.set(title=f"{norms.people[group]} {GROUPS[group]}", xlabel="Age (years)")
            axis.set_yscale("symlog", linthresh=1.0)
            axis.set_ylim(bottom=0)
        figure.axes[0].set_ylabel("ICAC (mm³)")
        figure.suptitle(f"{norms.name}, model {norms.measured.version}", fontsize=9)
        figure.savefig(path, dpi=150, metadata={"Software": None})
    return path


def _curves(axis: Any, found: Sequence[AtAge], color: str) -> None:
    years = [at.age for at in found]
    for percent in DRAWN:
        middle = [at.volume_at(percent / 100) for at in found]
        limits = [binomial_interval(percent / 100, at.people) for at in found]
        axis.plot(years, middle, color=color, linewidth=1.4 if percent == 50 else 0.9)
        axis.annotate(f"{percent} %", (years[-1], middle[-1]), (3, 0), textcoords="offset points", fontsize=7,
                      va="center", color=color, annotation_clip=False)
        if percent == 50:
            axis.fill_between(years, *zip(*[(at.volume_at(low), at.volume_at(high))
                                            for at, (low, high) in zip(found, limits, strict=True)], strict=True),
                              color=color, alpha=0.12, linewidth=0)
