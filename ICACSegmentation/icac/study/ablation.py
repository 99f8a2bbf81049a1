"""``icac study ablation``: the tables of Bortsova et al. 2017 anew, on one cohort with one budget for every network."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from icac.errors import InputError
from icac.evaluation import evaluate
from icac.inference import choose_device
from icac.progress import Part, Progress
from icac.splits import TEST
from icac.study.ablation_rows import TABLES, AblationRow, AblationTable, rows_of
from icac.study.finished import read_finished, write_finished
from icac.study.predictions import predict_cases
from icac.study.row_result import RowResult, summarize
from icac.training.settings.config import TrainingConfig
from icac.training.settings.read import config_from
from icac.training.train import train
from icac.trainingset.manifest import Manifest, read_manifest

#: Shares of a row's progress at which training and prediction end.
_TRAINED, _PREDICTED = 0.9, 0.97


@dataclass(frozen=True)
class Ablation:
    """One study.

    Attributes
    ----------
    config : TrainingConfig
        Settings that all rows share; each row replaces what makes its network.
    manifest : Manifest
        Its test split is what the rows are scored on.
    folder : Path
        ``rows/<key>`` holds training, predictions and evaluation of a row, ``test`` the truth of the test split.
    tables : tuple of AblationTable
    device : str

    """

    config: TrainingConfig
    manifest: Manifest
    folder: Path
    tables: tuple[AblationTable, ...] = TABLES
    device: str = "auto"

    @classmethod
    def of(cls, config: TrainingConfig, data: str | Path, folder: str | Path,
           tables: Sequence[AblationTable] = TABLES, device: str = "auto") -> Ablation:
        """Read the manifest; raises InputError if it has no test split."""
        manifest = read_manifest(data)
        if not manifest.of_split(TEST):
            raise InputError(f"{manifest.path}: there is no case of split test; the rows are scored on it.")
        return cls(config, manifest, Path(folder), tuple(tables), device)

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
        home = self.row_folder(row.key)
        config = self.row_config(row)
        digest = self._digest(config)
        kept = read_finished(home / "row.json", digest)
        if kept is not None:
            progress.update("finished before", 1.0)
            return RowResult.from_dict(kept)
        package = train(config, self.manifest, home / "run", Part(progress, 0.0, _TRAINED), device=self.device,
                        cache=self.folder / "cases")
        if package is None:
            return None
        inputs = predict_cases(package, self.manifest.of_split(TEST), self.folder / "cases", home,
                               self.folder / "test", choose_device(self.device), Part(progress, _TRAINED, _PREDICTED))
        evaluation = evaluate(inputs, progress=Part(progress, _PREDICTED, 1.0))
        evaluation.save(home / "evaluation")
        result = summarize(evaluation, package, home / "run")
        write_finished(home / "row.json", digest, result.to_dict())
        return result

    def row_folder(self, key: str) -> Path:
        """Return the folder of a row."""
        return self.folder / "rows" / key

    def row_config(self, row: AblationRow) -> TrainingConfig:
        """Return the settings with which a row is trained."""
        network = {**self.config.network, **row.network}
        return config_from({**self.config.to_dict(), "name": f"ablation-{row.key}", "network": network,
                            "description": f"A row of an ablation study ({row.words})."})

    def _digest(self, config: TrainingConfig) -> str:
        length = f"{config.epochs} {config.minutes}"
        return hashlib.sha256(f"{config.digest} {length} {self.manifest.sha256}".encode()).hexdigest()
