"""Dice by quarter of true volume (Bortsova et al. 2017, table 1): small burdens are the hard ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from icac.evaluation.measures.case_measures import CaseMeasures
from icac.evaluation.statistics.agreement import Estimate
from icac.evaluation.statistics.bootstrap import bootstrap_mean

#: Words for reports.
DEFINITION = ("Scans sorted by true volume (ties by name) and cut into four groups of equal size, the first ones one "
              "larger where needed; mean Dice of each. Once with all scans, by the convention for empty ones, and once "
              "with only the scans that have ICAC.")


@dataclass(frozen=True)
class Quarter:
    """One quarter.

    Attributes
    ----------
    number : int
        1 (least ICAC) to 4.
    cases, empty : int
        Number of scans, and of those without true ICAC.
    low_mm3, high_mm3 : float
        Smallest and largest true volume.
    dice : Estimate
        Mean.
    volume_error_mm3 : float
        Mean of predicted minus true volume.

    """

    number: int
    cases: int
    empty: int
    low_mm3: float
    high_mm3: float
    dice: Estimate
    volume_error_mm3: float


def quarters(cases: Sequence[CaseMeasures]) -> list[Quarter]:
    """Divide cases into quarters of true volume; quarters without any case are left out."""
    return [_quarter(number, group) for number, group in enumerate(in_quarters(cases), start=1) if group]


def in_quarters(cases: Sequence[CaseMeasures]) -> list[list[CaseMeasures]]:
    """Return the cases of the four quarters of true volume."""
    ordered = sorted(cases, key=lambda case: (case.overlap.truth_mm3, case.case))
    return [[ordered[i] for i in part] for part in np.array_split(np.arange(len(ordered)), 4)]


def _quarter(number: int, group: list[CaseMeasures]) -> Quarter:
    truth = np.array([case.overlap.truth_mm3 for case in group])
    predicted = np.array([case.overlap.predicted_mm3 for case in group])
    return Quarter(number, len(group), int((truth == 0).sum()), float(truth.min()), float(truth.max()),
                   bootstrap_mean(np.array([case.overlap.dice for case in group])), float((predicted - truth).mean()))
