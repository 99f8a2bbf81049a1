"""The rows of a study, cross-validated: a network for each fold, and how much less they find in scans kept apart.

All cases but those of the test split are divided into folds by patient. Each network of a row learns from all folds but
one, by which its weights, temperature and threshold are chosen, and predicts that one and the test split. So every case
is predicted by a network that did not learn from it, but was chosen by it; what that choice is worth is how much less
there is on the test split (Bortsova et al. 2017 tune on a validation set, too).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from icac.evaluation import evaluate
from icac.inference import choose_device
from icac.models import ModelPackage
from icac.progress import Part, Progress
from icac.splits import TEST, VALIDATION
from icac.study.finished import write_finished
from icac.study.folds import assign_folds, choosing_by
from icac.study.new_manifest import derived
from icac.study.predictions import case_inputs, predict_cases
from icac.study.row_runs import RowRuns, Scored, Summary
from icac.training.settings.config import TrainingConfig
from icac.trainingset.manifest import Manifest, ManifestCase

#: What is kept of the test split: the mean over the networks of the folds.
ON_TEST = {"test_mean_dice": "mean_dice", "test_pooled_dice": "pooled_dice"}

#: Words for reports.
DEFINITION = ("Cross-validated by patient: of every row {folds} networks, each of which learns from all cases that are "
              "not test cases but those of one fold, by which its weights, temperature and threshold are chosen. "
              "Figures are of all folds together. 'Test' is the mean of these networks on the test split, which chose "
              "nothing; the drop is how much less that is.")

#: Share of the progress of a fold at which its test split is scored.
_SCORED = 0.9

#: Facts of a network, of which the mean over the folds is kept.
_AVERAGED = ("threshold", "temperature", "validation_dice", "validation_loss", "steps", "best_step", "minutes",
             "seconds_per_case")


@dataclass(frozen=True)
class FoldedRuns(RowRuns):
    """Where and on what the rows of a study are cross-validated.

    ``rows/<key>/fold-<n>`` holds the training of a fold and its scores on the test split, ``out_of_fold`` the
    predictions of the folds, ``evaluation`` their scores together; ``validation`` the truth of all folds.

    Attributes
    ----------
    folds : int

    """

    folds: int = 5

    @cached_property
    def fold_of(self) -> dict[str, int]:
        """Name of each case that is no test case to its fold; raises InputError if they cannot be divided."""
        return assign_folds(self._learnt, self.folds)

    @property
    def _learnt(self) -> Manifest:
        return derived(self.manifest, (case for case in self.manifest.cases if case.split != TEST), "without test")

    def digest(self, config: TrainingConfig) -> str:
        """Return the identity of settings, length, data and folds of a row."""
        return f"{super().digest(config)} in {self.folds} folds"

    def _made(self, key: str, digest: str, config: TrainingConfig, summarize: Summary, progress: Progress
              ) -> dict[str, Any] | None:
        """Cross-validate a row that is not finished; return what is kept of it, or None if it was asked to stop."""
        found = []
        for fold in range(1, self.folds + 1):
            part = Part(progress, (fold - 1) / self.folds, fold / self.folds, f"fold {fold}: ")
            one = self._fold(key, fold, config, summarize, part)
            if one is None:
                return None
            found.append(one)
        facts = {**self._score_out_of_fold(key, summarize, progress), **_means(found)}
        write_finished(self.folder_of(key) / "row.json", digest, facts)
        return facts

    def _fold(self, key: str, fold: int, config: TrainingConfig, summarize: Summary, progress: Progress
              ) -> dict[str, Any] | None:
        """Train a fold, score it on the test split, and predict its own cases."""
        name, manifest = f"{key}/fold-{fold}", choosing_by(self.manifest, self.fold_of, fold)
        runs = RowRuns(manifest, self.folder, self.device)
        found = runs.trained(name, config, summarize, Part(progress, 0.0, _SCORED))
        if found is None:
            return None
        home = self.folder_of(key) / "out_of_fold"
        predict_cases(self._package(key, fold), manifest.of_split(VALIDATION), self.cache, home,
                      self.folder / VALIDATION, choose_device(self.device), Part(progress, _SCORED, 1.0))
        return found

    def _package(self, key: str, fold: int) -> ModelPackage:
        return ModelPackage.load(self.folder_of(f"{key}/fold-{fold}") / "run" / "model")

    def _score_out_of_fold(self, key: str, summarize: Summary, progress: Progress) -> dict[str, Any]:
        """Score the predictions of all folds together."""
        home = self.folder_of(key)
        cases: list[ManifestCase] = [case for case in self._learnt.cases if case.labelled]
        inputs = case_inputs(cases, home / "out_of_fold", self.folder / VALIDATION)
        evaluation = evaluate(inputs, progress=progress)
        evaluation.save(home / "evaluation")
        packages = {fold: self._package(key, fold) for fold in range(1, self.folds + 1)}
        temperatures = {case.name: packages[self.fold_of[case.name]].spec.temperature for case in cases}
        return summarize(Scored(evaluation, packages[1], self.folder_of(f"{key}/fold-1") / "run", None,
                                self.predicted(cases, inputs), temperatures))


def runs_of(data: str | Path, folder: str | Path, device: str, folds: int | None) -> RowRuns:
    """Read a manifest; raises InputError if it has no test split, or its other cases make no such folds."""
    plain = RowRuns.of(data, folder, device)
    if folds is None:
        return plain
    made = FoldedRuns(plain.manifest, plain.folder, device, folds)
    made.fold_of  # noqa: B018  # before hours of training
    return made


def words_of(runs: RowRuns) -> str:
    """Say how the rows of a report are cross-validated; empty if they are not."""
    return DEFINITION.format(folds=runs.folds) if isinstance(runs, FoldedRuns) else ""


def _means(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the mean over the folds of what each network is, and of its scores on the test split."""
    own = {name: _mean([one[name] for one in found]) for name in _AVERAGED if name in found[0]}
    return own | {name: _mean([one[figure][0] for one in found]) for name, figure in ON_TEST.items()}


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if len(known) == len(values) else None
