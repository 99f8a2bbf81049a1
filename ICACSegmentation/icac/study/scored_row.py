"""A row of a table of an ablation with what it came to."""

from __future__ import annotations

from dataclasses import dataclass

from icac.evaluation.statistics.two_runs import Comparison
from icac.study.ablation_rows import AblationRow, AblationTable
from icac.study.row_result import RowResult


@dataclass(frozen=True)
class ScoredRow:
    """One row of a table with what it is tested against."""

    row: AblationRow
    result: RowResult
    reference: AblationRow | None
    dice: Comparison | None


#: Tables with their rows.
Scored = list[tuple[AblationTable, list[ScoredRow]]]
