"""Two runs on the same cases: paired t-test, as in Bortsova et al. 2017, and Wilcoxon's signed-rank test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from icac.errors import InputError
from icac.evaluation.statistics.agreement import Estimate, LimitsOfAgreement, limits_of_agreement
from icac.evaluation.statistics.bootstrap import bootstrap_mean
from icac.files import read_csv

#: What is compared: column of ``cases.csv``, words, and whether a higher value is better.
COMPARED = (("dice", "Dice", True), ("sensitivity", "Sensitivity", True), ("ppv", "PPV", True),
            ("absolute_difference_mm3", "Absolute volume difference (mm3)", False),
            ("false_lesions", "False lesions", False), ("assd_mm", "Average symmetric surface distance (mm)", False))


@dataclass(frozen=True)
class PairedTest:
    """One quantity in two runs.

    Attributes
    ----------
    name : str
    n : int
        Cases for which it is defined in both runs.
    this, other : float
        Means.
    difference : Estimate
        Mean of this minus other.
    higher_is_better : bool
    t_test_p, wilcoxon_p : float
        Two-sided; not a number if undefined (fewer than two cases, or no case differs).

    """

    name: str
    n: int
    this: float
    other: float
    difference: Estimate
    higher_is_better: bool
    t_test_p: float
    wilcoxon_p: float


@dataclass(frozen=True)
class RunDifference:
    """How much predicted volumes differ between two runs: engines, releases, models.

    Attributes
    ----------
    cases : tuple of (str, float, float)
        Case, and its volume in mm3 in this and in the other run.
    mean_this, mean_other : float
    limits : LimitsOfAgreement
        Of this minus other.
    largest : float
        The largest difference, with its sign.
    largest_in : str
        Its case.
    same : int
        Cases of exactly the same volume.

    """

    cases: tuple[tuple[str, float, float], ...]
    mean_this: float
    mean_other: float
    limits: LimitsOfAgreement
    largest: float
    largest_in: str
    same: int


def difference_of_runs(this: Sequence[Mapping[str, object]], other: dict[str, dict[str, str]]) -> RunDifference | None:
    """Return the difference in volume of the rows of two ``cases.csv``; None if the other one has no volumes."""
    both = [(str(row["case"]), float(str(row["pred_mm3"])), float(other[str(row["case"])]["pred_mm3"]))
            for row in this if other[str(row["case"])].get("pred_mm3")]
    return volume_difference(both) if both else None


def volume_difference(both: Sequence[tuple[str, float, float]]) -> RunDifference:
    """Return the difference of cases with their volume in mm3 in two runs."""
    first, second = (np.array([one[n] for one in both]) for n in (1, 2))
    difference = first - second
    where = int(np.abs(difference).argmax())
    return RunDifference(tuple(both), float(first.mean()), float(second.mean()), limits_of_agreement(first, second),
                         float(difference[where]), both[where][0], int((difference == 0).sum()))


def read_run(folder: Path) -> dict[str, dict[str, str]]:
    """Read ``cases.csv`` of an earlier evaluation: case name to row.

    Raises
    ------
    InputError
        The folder is not that of an evaluation.

    """
    path = folder / "cases.csv"
    try:
        run = {row["case"]: {"pred_mm3": row.get("pred_mm3", ""), **{column: row[column] for column, *_ in COMPARED}}
               for row in read_csv(path).rows}
        for row in run.values():
            [_number(text) for text in row.values()]  # a ValueError now, not when all cases are evaluated
    except (InputError, KeyError, ValueError) as error:
        raise InputError(f"{folder} is not the output folder of an earlier 'icac evaluate' (no usable cases.csv); "
                         "evaluate the other run first.") from error
    return run


def paired_tests(this: Sequence[Mapping[str, object]], other: dict[str, dict[str, str]], folder: Path
                 ) -> list[PairedTest]:
    """Test the rows of this run's ``cases.csv`` against those of another run, case by case.

    Raises
    ------
    InputError
        The runs do not have the same cases.

    """
    names = {str(row["case"]) for row in this}
    if names != set(other):
        raise InputError(f"{folder} was evaluated on other cases ({len(names & set(other))} of {len(names)} are in "
                         "both runs); evaluate both runs on the same cases.")
    return [_tested(name, [_number(row[column]) for row in this],
                    [_number(other[str(row["case"])][column]) for row in this], higher)
            for column, name, higher in COMPARED]


def _number(text: Any) -> float:
    return float("nan") if text in ("", None) else float(text)


def _tested(name: str, this: Sequence[float], other: Sequence[float], higher: bool) -> PairedTest:
    first, second = np.array(this, dtype=float), np.array(other, dtype=float)
    both = ~np.isnan(first) & ~np.isnan(second)
    first, second = first[both], second[both]
    n, t_test, wilcoxon = len(first), float("nan"), float("nan")
    if n > 1 and np.ptp(first - second) > 0:
        t_test = float(stats.ttest_rel(first, second).pvalue)
    if n > 1 and (first != second).any():
        wilcoxon = float(stats.wilcoxon(first, second).pvalue)
    mean = (float(first.mean()), float(second.mean())) if n else (float("nan"), float("nan"))
    return PairedTest(name, n, *mean, bootstrap_mean(first - second), higher, t_test, wilcoxon)
