"""Which figures an evaluation has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from icac.evaluation.statistics.evaluated_cases import EvaluatedCases
from icac.evaluation.statistics.quarters import quarters
from icac.evaluation.statistics.roc import RocCurve

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_figures(evaluation: EvaluatedCases, curves: Sequence[RocCurve]) -> dict[str, Figure]:
    """Draw the figures that the evaluation has something to show for, by the names of their files."""
    import matplotlib

    from icac.evaluation.figures.agreement import draw_agreement
    from icac.evaluation.figures.examples import draw_examples
    from icac.evaluation.figures.lesions import draw_lesions
    from icac.evaluation.figures.quarters import draw_quarters
    from icac.evaluation.figures.reliability import draw_reliability
    from icac.evaluation.figures.roc import draw_roc
    from icac.evaluation.figures.style import SETTINGS
    from icac.evaluation.figures.volumes import draw_volumes

    cases = evaluation.cases
    true_lesions = [lesion for lesion in evaluation.lesions if lesion.kind != "false"]
    figures = {}
    with matplotlib.rc_context(SETTINGS):
        if len(cases) > 1:
            figures["volumes"] = draw_volumes(cases)
            figures["agreement"] = draw_agreement(cases)
            figures["quarters"] = draw_quarters(
                quarters(cases), quarters([case for case in cases if case.overlap.truth_mm3 > 0]))
        if evaluation.calibration:
            figures["reliability"] = draw_reliability(evaluation.calibration)
        if true_lesions:
            figures["missed_lesions"] = draw_lesions(true_lesions)
        if curves:
            figures["roc"] = draw_roc(curves)
        if evaluation.examples:
            figures["examples"] = draw_examples(evaluation.examples)
    return figures
