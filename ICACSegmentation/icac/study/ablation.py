"""``icac study ablation``: the tables of Bortsova et al. 2017 anew, on the same cases with one budget each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from icac.progress import Part, Progress
from icac.study.ablation_rows import TABLES, AblationRow, AblationTable, rows_of
from icac.study.folded_runs import runs_of
from icac.study.row_result import RowResult, summarize
from icac.study.row_runs import RowRuns, Scored
from icac.training.settings.config import TrainingConfig
from icac.training.settings.read import config_from


@dataclass(frozen=True)
class Ablation:
    """One study.

    Attributes
    ----------
    config : TrainingConfig
        Settings that all rows share; each row replaces what makes its network.
    runs : RowRuns
        Where and on what the rows are trained and scored.
    tables : tuple of AblationTable

    """

    config: TrainingConfig
    runs: RowRuns
    tables: tuple[AblationTable, ...] = TABLES

    @classmethod
    def of(cls, config: TrainingConfig, data: str | Path, folder: str | Path,
           tables: Sequence[AblationTable] = TABLES, device: str = "auto", folds: int | None = None) -> Ablation:
        """Read the manifest; raises InputError if it has no test split, or its cases make no such folds."""
        return cls(config, runs_of(data, folder, device, folds), tuple(tables))

    def run(self, progress: Progress) -> dict[str, RowResult] | None:
        """Train and score the rows that are not finished.

        Returns
        -------
        dict of str to RowResult or None
            Results by key; None if a training was asked to stop before its end: the same call goes on with it.

        """
        results = {}
        rows = rows_of(self.tables)
        for number, row in enumerate(rows):
            part = Part(progress, number / len(rows), (number + 1) / len(rows), f"{row.key}: ")
            result = self.run_row(row, part)
            if result is None:
                return None
            results[row.key] = result
        return results

    def run_row(self, row: AblationRow, progress: Progress) -> RowResult | None:
        """Train and score one row; a finished one is kept. None if it was asked to stop."""
        def kept_of(found: Scored) -> dict[str, Any]:
            return summarize(found.evaluation, found.package, found.run).to_dict()

        kept = self.runs.trained(row.key, self.row_config(row), kept_of, progress)
        return None if kept is None else RowResult.from_dict(kept)

    def row_config(self, row: AblationRow) -> TrainingConfig:
        """Return the settings with which a row is trained."""
        network = {**self.config.network, **row.network}
        return config_from({**self.config.to_dict(), "name": f"ablation-{row.key}", "network": network,
                            "description": f"A row of an ablation study ({row.words})."})
