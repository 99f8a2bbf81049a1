"""``icac study methods``: architectures and losses, and the ensemble of the best, on the same cases with one budget."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from icac.errors import InputError
from icac.models import ModelPackage
from icac.progress import Part, Progress
from icac.study.folded_runs import runs_of
from icac.study.methods.joined import join
from icac.study.methods.result import summarize_method
from icac.study.methods.rows import Method
from icac.study.row_runs import RowRuns
from icac.training.engine.setup import network_of
from icac.training.settings.config import TrainingConfig

#: How the name of the row of the ensemble begins.
ENSEMBLE = "ensemble"


@dataclass(frozen=True)
class MethodStudy:
    """One study.

    Attributes
    ----------
    config : TrainingConfig
        Settings that all methods share; each replaces what makes its network and its loss.
    runs : RowRuns
        Where and on what they are trained and scored.
    methods : tuple of Method
        The first is the one that others are tested against.
    best : int
        So many of the best make the ensemble; 0 for none.

    Raises
    ------
    InputError, ModelError
        If fewer methods than these are compared, one of them has settings that do not fit, or a library that it needs
        is not installed.

    """

    config: TrainingConfig
    runs: RowRuns
    methods: tuple[Method, ...]
    best: int = 3

    def __post_init__(self) -> None:
        if self.best == 1 or not 0 <= self.best <= len(self.methods):
            raise InputError(f"The ensemble is of 2 to {len(self.methods)} of the methods, or of none (0), not of "
                             f"{self.best}.")
        for method in self.methods:  # before hours of training
            network_of(method.config(self.config)).parameters()

    def run(self, progress: Progress) -> dict[str, dict[str, Any]] | None:
        """Train and score the methods that are not finished, then the ensemble.

        Returns
        -------
        dict of str to dict or None
            What is kept of each method (:func:`icac.study.methods.result.summarize_method`), by key; None if a training
            was asked to stop before its end: the same call goes on with it.

        """
        results: dict[str, dict[str, Any]] = {}
        share = 1 / (len(self.methods) + bool(self.best))
        for number, method in enumerate(self.methods):
            part = Part(progress, number * share, (number + 1) * share, f"{method.key}: ")
            found = self.runs.trained(method.key, method.config(self.config), summarize_method, part)
            if found is None:
                return None
            results[method.key] = found
        if self.best:
            key, found = self._ensemble(results, Part(progress, 1 - share, 1.0, f"{ENSEMBLE}: "))
            results[key] = found
        return results

    def chosen(self, results: Mapping[str, Mapping[str, Any]]) -> list[str]:
        """Return the keys of the members of the ensemble: of the highest pooled Dice on the validation split."""
        keys = [method.key for method in self.methods]
        return sorted(keys, key=lambda key: -results[key]["validation_dice"])[:self.best]

    def _ensemble(self, results: Mapping[str, Mapping[str, Any]], progress: Progress) -> tuple[str, dict[str, Any]]:
        """Return key and result of the ensemble; its key tells its members, others when methods are added."""
        packages = [ModelPackage.load(self.runs.folder_of(key) / "run" / "model") for key in self.chosen(results)]
        digest = hashlib.sha256(" ".join(one.spec.stored.sha256 for one in packages).encode()).hexdigest()
        key = f"{ENSEMBLE}-{digest[:8]}"
        kept = self.runs.finished(key, digest)
        if kept is not None:
            return key, kept
        package = join(packages, self.runs, self.runs.folder_of(key) / "model", self.config.sampling.within_region,
                       Part(progress, 0.0, 0.3))
        return key, self.runs.scored(key, digest, package, summarize_method, Part(progress, 0.3, 1.0))

    @classmethod
    def of(cls, config: TrainingConfig, data: str | Path, folder: str | Path, methods: Sequence[Method],
           best: int | None = None, device: str = "auto", folds: int | None = None) -> MethodStudy:
        """Read the manifest; of few methods all make the ensemble, unless told. Raises InputError as the class does.

        Cross-validated methods make none: all cases together are what its members learnt from.
        """
        if folds is not None and best:
            raise InputError("There is no ensemble of cross-validated methods, since its members learnt from all "
                             "cases; leave out --best or --folds.")
        usual = min(3, len(methods)) if len(methods) > 1 and folds is None else 0
        return cls(config, runs_of(data, folder, device, folds), tuple(methods), usual if best is None else best)
