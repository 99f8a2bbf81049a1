"""Bland-Altman plots of every two raters, one a row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from icac.evaluation.readers.pairs import BOTH, PairedCase


def draw_pairs(cases: Sequence[PairedCase], path: Path) -> Path:
    """Draw the differences of every two raters over their means, with bias and limits; needs matplotlib.

    Parameters
    ----------
    cases : sequence of PairedCase
    path : Path
        PNG.

    """
    import matplotlib

    from icac.evaluation.figures.agreement import plot_differences
    from icac.evaluation.figures.style import SETTINGS, new_figure
    from icac.evaluation.statistics.agreement import limits_of_agreement

    pairs = list(dict.fromkeys((case.first, case.second) for case in cases))
    with matplotlib.rc_context(SETTINGS):
        figure, axes = new_figure(90 * len(pairs), 75, len(pairs))
        for axis, (first, second) in zip(axes, pairs, strict=True):
            chosen = [case for case in cases if (case.first, case.second, case.side) == (first, second, BOTH)]
            ours, theirs = (np.array([getattr(case, name) for case in chosen]) for name in ("first_mm3", "second_mm3"))
            plot_differences(axis, (ours + theirs) / 2, ours - theirs, limits_of_agreement(ours, theirs), "{:+.1f} mm³")
            axis.set_title(f"{first} − {second}")
            axis.set_xlabel("Mean of the two (mm³)")
            axis.set_ylabel("Difference (mm³)")
        figure.savefig(path, dpi=150, bbox_inches="tight", metadata={"Software": None})
    return path
