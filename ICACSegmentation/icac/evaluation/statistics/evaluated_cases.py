"""What was measured in the cases of an evaluation: what its tables and figures are made of."""

from __future__ import annotations

from dataclasses import dataclass

from icac.evaluation.measures.case_measures import CaseMeasures
from icac.evaluation.measures.detection import DetectedLesion
from icac.evaluation.measures.examples import Example
from icac.evaluation.statistics.calibration import Calibration


@dataclass(frozen=True, eq=False)
class EvaluatedCases:
    """What was measured.

    Attributes
    ----------
    cases : tuple of CaseMeasures
        The evaluated cases in the order given.
    lesions : tuple of DetectedLesion
        All true lesions, and the false ones of the predictions, of the evaluated cases.
    calibration : Calibration or None
        None if no evaluated case has probabilities.
    examples : tuple of Example
        Slices for the figure; none without CT.
    min_overlap : float
        Share of a lesion that must be covered to be found.
    notes : tuple of str
        Sentences on what a user should know of the files, each with its case.

    """

    cases: tuple[CaseMeasures, ...]
    lesions: tuple[DetectedLesion, ...]
    calibration: Calibration | None
    examples: tuple[Example, ...]
    min_overlap: float
    notes: tuple[str, ...] = ()
