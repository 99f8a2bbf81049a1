"""Cross-validation by patient: every case is predicted by a network that never saw its patient."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from icac.errors import InputError
from icac.evaluation import evaluate
from icac.files import write_csv
from icac.inference import choose_device
from icac.progress import Part, Progress
from icac.splits import TEST
from icac.study.finished import read_finished, write_finished
from icac.study.folds import assign_folds, fold_manifest
from icac.study.predictions import case_inputs, predict_cases
from icac.training.settings.config import TrainingConfig
from icac.training.train import train
from icac.trainingset.manifest import Manifest, read_manifest

#: Share of the progress of a fold that is training; the rest is prediction.
_TRAINING_SHARE = 0.9


@dataclass(frozen=True)
class CrossValidation:
    """One cross-validation.

    Attributes
    ----------
    config : TrainingConfig
    manifest : Manifest
        All its cases take part, whatever their split; those without a label are only learnt from.
    folds : int
    folder : Path
        ``folds.csv`` says which case is in which fold; ``fold-<i>`` is the run of a fold, ``out_of_fold`` holds the
        predictions of all cases, ``evaluation`` their evaluation, ``cases`` prepared scans.
    device : str

    """

    config: TrainingConfig
    manifest: Manifest
    folds: int
    folder: Path
    device: str = "auto"

    @classmethod
    def of(cls, config: TrainingConfig, data: str | Path, folds: int, folder: str | Path,
           device: str = "auto") -> CrossValidation:
        """Read the manifest, divide its cases and write ``folds.csv``; raises InputError or OutputError."""
        made = cls(config, read_manifest(data, splits=False), folds, Path(folder), device)
        made._write_table()
        return made

    @property
    def fold_of(self) -> dict[str, int]:
        """Name of each case to its fold, 1 to ``folds``."""
        return assign_folds(self.manifest, self.folds)

    def run_fold(self, fold: int, progress: Progress) -> bool:
        """Train without a fold and predict it; a finished fold is kept.

        Returns
        -------
        bool
            False if the training was asked to stop before its end; the same call goes on with it.

        Raises
        ------
        IcacError
            If there is no such fold, or the parts fail.

        """
        if not 1 <= fold <= self.folds:
            raise InputError(f"There is no fold {fold} of {self.folds}; give a number from 1 to {self.folds}, or all.")
        manifest = fold_manifest(self.manifest, self.fold_of, fold)
        digest = _digest(self.config, manifest)
        home = self.folder / f"fold-{fold}"
        if read_finished(home / "finished.json", digest) is not None:
            progress.update(f"Fold {fold}", 1.0, "was finished before")
            return True
        package = train(self.config, manifest, home, Part(progress, 0.0, _TRAINING_SHARE), device=self.device,
                        cache=self._cache)
        if package is None:
            return False
        cases = manifest.of_split(TEST)
        predict_cases(package, cases, self._cache, self._predictions, self._predictions, choose_device(self.device),
                      Part(progress, _TRAINING_SHARE, 1.0))
        write_finished(home / "finished.json", digest, {"cases": len(cases)})
        return True

    def unfinished(self) -> list[int]:
        """Return the folds that are still to be run."""
        return [fold for fold in range(1, self.folds + 1)
                if not (self.folder / f"fold-{fold}" / "finished.json").is_file()]

    def score(self, progress: Progress, figures: bool = True) -> Path:
        """Evaluate the predictions of all cases together and return the summary; all folds must be finished."""
        cases = [case for case in self.manifest.cases if case.labelled]
        inputs = case_inputs(cases, self._predictions, self._predictions)
        return evaluate(inputs, progress=progress).save(self.folder / "evaluation", figures=figures)["summary"]

    @property
    def _cache(self) -> Path:
        return self.folder / "cases"

    @property
    def _predictions(self) -> Path:
        return self.folder / "out_of_fold"

    def _write_table(self) -> None:
        fold_of = self.fold_of
        write_csv(self.folder / "folds.csv", ("case", "patient", "fold"),
                  ({"case": case.name, "patient": case.patient, "fold": fold_of[case.name]}
                   for case in self.manifest.cases))


def _digest(config: TrainingConfig, manifest: Manifest) -> str:
    length = f"{config.epochs} {config.minutes}"
    return hashlib.sha256(f"{config.digest} {length} {manifest.sha256}".encode()).hexdigest()
