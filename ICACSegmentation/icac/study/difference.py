"""Two runs on the same scans, by volume: engines, releases, models or settings, without any truth.

The results of both are matched by the names of their cases; what made them is told by their reports.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from icac import __version__
from icac.anatomy import Side
from icac.errors import InputError
from icac.evaluation.cases.case_input import CaseInput, Source
from icac.evaluation.cases.find_cases import cases_of_folders
from icac.evaluation.evaluation import evaluate
from icac.evaluation.measures.case_measures import CaseMeasures
from icac.evaluation.measures.territories import Territory
from icac.evaluation.results.tables import Rows, markdown, run_rows, write_csv
from icac.evaluation.statistics.two_runs import volume_difference
from icac.files import whole_file
from icac.progress import Progress
from icac.report import Report
from icac.result_files import find_beside

#: What is written: for reading, by side, and case by case.
SUMMARY, TABLE, CASES = "difference.md", "difference.csv", "difference_cases.csv"

_SIDES: dict[str, Side | None] = {"both": None, "right": Side.RIGHT, "left": Side.LEFT}


@dataclass(frozen=True)
class Difference:
    """Two runs on the same scans.

    Attributes
    ----------
    made_by : tuple of str
        What made the results of the first and of the second run, as their reports tell.
    cases : tuple of CaseMeasures
        The first run stands for the prediction, the second for the truth in their words.

    """

    made_by: tuple[str, str]
    cases: tuple[CaseMeasures, ...]

    def side_rows(self) -> Rows:
        """Return one row for both sides together, and one for each."""
        return [{"side": name, **run_rows(volume_difference([
            (case.case, *_volumes(case, side)) for case in self.cases]))[0]} for name, side in _SIDES.items()]

    def case_rows(self) -> Rows:
        """Return one row a case and a side."""
        return [{"case": case.case, "side": name, "this_mm3": first, "other_mm3": second,
                 "difference_mm3": first - second, "dice": case.overlap.dice if side is None else None}
                for case in self.cases for name, side in _SIDES.items() for first, second in [_volumes(case, side)]]


def difference_between(first: str | Path, second: str | Path, progress: Progress | None = None) -> Difference:
    """Compare the results of two runs on the same scans.

    Parameters
    ----------
    first, second : str or Path
        Folders with one labelmap or one folder of results a case, under the same names.
    progress : Progress, optional

    Raises
    ------
    InputError
        The folders hold no results of the same cases, or the voxels of a case are not the same.

    """
    cases = cases_of_folders(first, second)
    more = len(_names(first) - {case.name for case in cases}) if Path(first).is_dir() else 0
    if more:
        raise InputError(f"{second} lacks {more} of the cases in {first}; compare runs on the same cases.")
    # Probabilities say nothing of a second run.
    plain = [CaseInput(case.name, case.predicted, case.truth, courses=case.courses) for case in cases]
    measured = evaluate(plain, progress=progress).cases
    return Difference((_made_by(case.predicted for case in cases), _made_by(case.truth for case in cases)), measured)


def _names(folder: str | Path) -> set[str]:
    return {case.name for case in cases_of_folders(folder, folder)}


def _volumes(case: CaseMeasures, side: Side | None) -> tuple[float, float]:
    if side is None:
        return case.overlap.predicted_mm3, case.overlap.truth_mm3
    return _on(side, case.score_by_territory), _on(side, case.truth_by_territory)


def _on(side: Side, volumes: Mapping[Territory, float]) -> float:
    return sum(volume for (where, _), volume in volumes.items() if where is side)


def _made_by(masks: Iterable[Source]) -> str:
    """Return model and engine of the results, as their reports tell; several with how many cases each."""
    count: Counter[str] = Counter()
    for mask in masks:
        path = find_beside(mask, "report") if isinstance(mask, Path) else None
        count[_words(Report.load(path)) if path else "not known"] += 1
    if len(count) == 1:
        return next(iter(count))
    return "; ".join(f"{words} ({number})" for words, number in count.most_common())


def _words(report: Report) -> str:
    engine = f", {report.engine}" if report.engine else ""
    return f"{report.model} {report.model_version}, icac {report.software}{engine}, threshold {report.threshold:g}"


def save_difference(difference: Difference, folder: str | Path) -> dict[str, Path]:
    """Write the tables and, last, the summary; raises OutputError if that cannot be done."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    written = {"table": write_csv(difference.side_rows(), folder / TABLE),
               "cases": write_csv(difference.case_rows(), folder / CASES), "summary": folder / SUMMARY}
    with whole_file(written["summary"]) as temporary:
        temporary.write_text(summary_of(difference), encoding="utf-8")
    return written


def summary_of(difference: Difference) -> str:
    """Return the difference for reading, in Markdown."""
    first, second = difference.made_by
    dice = np.array([case.overlap.dice for case in difference.cases])
    return "\n".join([
        "# Difference of two runs", "", f"- this: {first}", f"- other: {second}", "",
        "Differences are this minus other, in mm3, with limits of agreement (bias -+ 1.96 SD; brackets: 95 %). "
        f"Dice of the two: mean {dice.mean():.4f}, lowest {dice.min():.4f}. icac {__version__}.", "",
        markdown(difference.side_rows()), ""])
