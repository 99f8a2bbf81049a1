"""Evaluating cases one after another."""

from __future__ import annotations

from collections.abc import Iterable, Sized
from pathlib import Path

from icac.errors import InputError
from icac.evaluation.cases.case_input import CaseInput
from icac.evaluation.cases.read_case import read_case
from icac.evaluation.measures.case_measures import CaseMeasures, measure_case
from icac.evaluation.measures.detection import DetectedLesion
from icac.evaluation.measures.examples import ExampleChooser
from icac.evaluation.results.save import save_evaluation
from icac.evaluation.statistics.calibration import measure_calibration
from icac.evaluation.statistics.evaluated_cases import EvaluatedCases
from icac.progress import Progress, Silent
from icac.splits import TRAIN, VALIDATION, read_split


class Evaluation(EvaluatedCases):
    """What was measured, and can be saved."""

    def save(self, folder: str | Path, against: str | Path | None = None, *, figures: bool = True) -> dict[str, Path]:
        """Write tables (CSV, Markdown) and figures (PNG, PDF) by :func:`icac.evaluation.results.save.save_evaluation`.

        Raises
        ------
        InputError
            ``against`` is not the folder of an earlier evaluation that shares cases with this one.
        OutputError
            The folder cannot be written, or a library of the ``evaluate`` extra is missing.

        """
        return save_evaluation(self, Path(folder), None if against is None else Path(against), figures)


def evaluate(cases: Iterable[CaseInput], *, min_overlap: float = 0.0, assume: str | None = None,
             progress: Progress | None = None) -> Evaluation:
    """Evaluate cases; only one is in memory at a time.

    Parameters
    ----------
    cases : iterable of CaseInput
        Cases of split ``validation`` only serve to fit the recalibration of probabilities, cases of split ``train``
        are left out, all others are evaluated.
    min_overlap : float
        Share (0 to 1) of a lesion that must be covered for it to be found; any voxel suffices by default.
    assume : {"lps", "ras"}, optional
        Where the voxel axes run of files that do not tell, see :func:`icac.ct.read_ct`.
    progress : Progress, optional

    Returns
    -------
    Evaluation

    Raises
    ------
    InputError
        No case is left to evaluate, a name occurs twice, or a file cannot be used.

    """
    if not 0 <= min_overlap <= 1:
        raise InputError(f"The share of a lesion that must be covered lies between 0 and 1, not at {min_overlap}.")
    progress = progress or Silent()
    total = len(cases) if isinstance(cases, Sized) else 0
    evaluated: dict[str, CaseMeasures] = {}
    validation: list[CaseMeasures] = []
    lesions: list[DetectedLesion] = []
    chooser, notes = ExampleChooser(), []
    for number, case in enumerate(cases):
        progress.update("Evaluate", number / total if total else 0.0, case.name)
        if read_split(case.split) == TRAIN:
            continue
        arrays = read_case(case, assume)
        notes += [f"Case {case.name}: {note}" for note in arrays.notes]
        measures, found = measure_case(case, arrays, min_overlap)
        if read_split(case.split) == VALIDATION:
            validation.append(measures)
            continue
        if case.name in evaluated:
            raise InputError(f"Case '{case.name}' occurs more than once; give every case its own name.")
        evaluated[case.name] = measures
        lesions += found
        chooser.offer(measures, arrays)
    if not evaluated:
        raise InputError("There is no case to evaluate; give cases that are not all of split train or validation.")
    measured = tuple(evaluated.values())
    progress.update("Done", 1.0, f"{len(measured)} cases")
    return Evaluation(measured, tuple(lesions), measure_calibration(measured, validation), chooser.examples,
                      min_overlap, tuple(notes))
