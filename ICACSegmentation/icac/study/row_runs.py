"""The rows of a study: networks that are trained and scored on one set of cases, each in a folder of its own.

What is finished is kept, so that a study that was stopped goes on where it was.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from icac.errors import InputError
from icac.evaluation import CaseInput, Evaluation, evaluate
from icac.evaluation.statistics.two_runs import PairedTest, paired_tests, read_run
from icac.inference import choose_device
from icac.models import ModelPackage
from icac.progress import Part, Progress
from icac.splits import TEST
from icac.study.finished import read_finished, write_finished
from icac.study.predictions import predict_cases
from icac.training.settings.config import TrainingConfig
from icac.training.train import train
from icac.trainingset.manifest import Manifest, ManifestCase, read_manifest
from icac.trainingset.prepare import prepared_path

#: Shares of a row's progress at which training and prediction end.
_TRAINED, _PREDICTED = 0.9, 0.97


@dataclass(frozen=True)
class Scored:
    """A network that was scored.

    Attributes
    ----------
    evaluation : Evaluation
        On the test split.
    package : ModelPackage
    run : Path
        Folder of its training.
    seconds : float or None
        Time to predict a case, on average; None if cases had been predicted before.
    predicted : tuple of Predicted
        The cases, in the order of the evaluation.
    temperatures : mapping of str to float
        Of the networks that predicted cases, where these are others than ``package``.

    """

    evaluation: Evaluation
    package: ModelPackage
    run: Path
    seconds: float | None
    predicted: tuple[Predicted, ...] = ()
    temperatures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Predicted:
    """A case of the test split: its prepared file, and its files for the evaluation."""

    path: Path
    files: CaseInput


#: Makes of a scored network what is kept of it, plain values.
Summary = Callable[[Scored], dict[str, Any]]


@dataclass(frozen=True)
class RowRuns:
    """Where and on what the rows of a study are trained and scored.

    Attributes
    ----------
    manifest : Manifest
        Its test split is what the rows are scored on.
    folder : Path
        ``rows/<key>`` holds training, predictions and evaluation of a row, ``test`` the truth of the test split.
    device : str

    """

    manifest: Manifest
    folder: Path
    device: str = "auto"

    @classmethod
    def of(cls, data: str | Path, folder: str | Path, device: str = "auto") -> RowRuns:
        """Read the manifest; raises InputError if it has no test split."""
        manifest = read_manifest(data)
        if not manifest.of_split(TEST):
            raise InputError(f"{manifest.path}: there is no case of split test; the rows are scored on it.")
        return cls(manifest, Path(folder), device)

    @property
    def cache(self) -> Path:
        """Where prepared scans lie."""
        return self.folder / "cases"

    def folder_of(self, key: str) -> Path:
        """Return the folder of a row."""
        return self.folder / "rows" / key

    def digest(self, config: TrainingConfig) -> str:
        """Return the identity of settings, length and data of a row."""
        length = f"{config.epochs} {config.minutes}"
        return hashlib.sha256(f"{config.digest} {length} {self.manifest.sha256}".encode()).hexdigest()

    def finished(self, key: str, digest: str) -> dict[str, Any] | None:
        """Return what is kept of a finished row; None if it is to be done."""
        return read_finished(self.folder_of(key) / "row.json", digest)

    def trained(self, key: str, config: TrainingConfig, summarize: Summary, progress: Progress
                ) -> dict[str, Any] | None:
        """Train and score a row; return what is kept of it, or None if it was asked to stop before its end."""
        digest = self.digest(config)
        kept = self.finished(key, digest)
        if kept is not None:
            progress.update("finished before", 1.0)
            return kept
        return self._made(key, digest, config, summarize, progress)

    def _made(self, key: str, digest: str, config: TrainingConfig, summarize: Summary, progress: Progress
              ) -> dict[str, Any] | None:
        """Train and score a row that is not finished, as :meth:`trained` does."""
        package = train(config, self.manifest, self.folder_of(key) / "run", Part(progress, 0.0, _TRAINED),
                        device=self.device, cache=self.cache)
        if package is None:
            return None
        return self.scored(key, digest, package, summarize, Part(progress, _TRAINED, 1.0))

    def scored(self, key: str, digest: str, package: ModelPackage, summarize: Summary, progress: Progress
               ) -> dict[str, Any]:
        """Predict and evaluate the test split with a model, and keep what ``summarize`` makes of it."""
        home, cases = self.folder_of(key), self.manifest.of_split(TEST)
        share = (_PREDICTED - _TRAINED) / (1 - _TRAINED)
        begun, started = (home / "pred").exists(), time.perf_counter()
        inputs = predict_cases(package, cases, self.cache, home, self.folder / "test", choose_device(self.device),
                               Part(progress, 0.0, share))
        seconds = None if begun else (time.perf_counter() - started) / len(cases)
        evaluation = evaluate(inputs, progress=Part(progress, share, 1.0))
        evaluation.save(home / "evaluation")
        facts = summarize(Scored(evaluation, package, home / "run", seconds, self.predicted(cases, inputs)))
        write_finished(home / "row.json", digest, facts)
        return facts

    def predicted(self, cases: Sequence[ManifestCase], inputs: Sequence[CaseInput]) -> tuple[Predicted, ...]:
        """Return the cases with their files."""
        return tuple(Predicted(prepared_path(case, self.cache), files)
                     for case, files in zip(cases, inputs, strict=True))

    def compared(self, key: str, reference: str) -> PairedTest:
        """Return Dice of the scans of a row against that of another; raises InputError if an evaluation is damaged."""
        this, other = (self.folder_of(name) / "evaluation" for name in (key, reference))
        rows = [{"case": case, **values} for case, values in read_run(this).items()]
        return next(c for c in paired_tests(rows, read_run(other), other) if c.name == "Dice")
