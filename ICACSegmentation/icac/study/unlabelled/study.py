"""``icac study unlabelled``: what cases without a mask are worth, beside those that have one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from icac.errors import InputError, ModelError
from icac.inference import choose_device
from icac.models import ModelPackage, save_package
from icac.progress import Part, Progress
from icac.splits import TRAIN, VALIDATION
from icac.study.methods.result import summarize_method
from icac.study.new_manifest import derived
from icac.study.row_runs import RowRuns
from icac.study.unlabelled.pseudo_label import mark_cases
from icac.training.calibration.calibrate import calibrate
from icac.training.settings.config import TrainingConfig
from icac.training.settings.read import config_from, merge
from icac.trainingset.drawn import NOTHING
from icac.trainingset.manifest import Manifest, ManifestCase
from icac.trainingset.prepare import prepare_cases

#: Keys of the rows.
LABELLED, TEACHER, PSEUDO, ALL = "labelled", "mean_teacher", "pseudo_labels", "all_labelled"


@dataclass(frozen=True)
class UnlabelledStudy:
    """One study.

    Attributes
    ----------
    config : TrainingConfig
        Settings that all rows share; each does as many steps.
    runs : RowRuns
        Where and on what they are trained and scored.
    labelled : int or None
        Of so many patients of the train split masks are taken; of all that have one if None.

    Raises
    ------
    InputError
        If there are not so many patients, no case would be without a mask, or the mean teacher lacks its average.

    """

    config: TrainingConfig
    runs: RowRuns
    labelled: int | None = None

    def __post_init__(self) -> None:
        found = len({case.patient for case in self.runs.manifest.of_split(TRAIN) if case.labelled})
        if self.labelled is not None and not 1 <= self.labelled <= found:
            raise InputError(f"{self.runs.manifest.path}: masks are taken of 1 to {found} patients of split {TRAIN}, "
                             f"not of {self.labelled}.")
        if not self.manifest(TEACHER).unlabelled:
            raise InputError(f"{self.runs.manifest.path}: no training case would be without a mask; give the number of "
                             "patients whose masks are taken with --labelled, or cases with none in the column "
                             "'drawn'.")
        self.row_config(TEACHER)  # before hours of training

    @classmethod
    def of(cls, config: TrainingConfig, data: str | Path, folder: str | Path, labelled: int | None,
           device: str = "auto") -> UnlabelledStudy:
        """Read the manifest; raises InputError as the class does, or if there is no test split."""
        return cls(config, RowRuns.of(data, folder, device), labelled)

    @property
    def keys(self) -> tuple[str, ...]:
        """The rows; all masks are taken in one of them only if the others leave some out."""
        return (LABELLED, TEACHER, PSEUDO) if self.labelled is None else (LABELLED, TEACHER, PSEUDO, ALL)

    def run(self, progress: Progress) -> dict[str, dict[str, Any]] | None:
        """Train and score the rows that are not finished.

        Returns
        -------
        dict of str to dict or None
            What is kept of each row (:func:`icac.study.methods.result.summarize_method`), by key; None if a training
            was asked to stop before its end: the same call goes on with it.

        """
        results: dict[str, dict[str, Any]] = {}
        for number, key in enumerate(self.keys):
            part = Part(progress, number / len(self.keys), (number + 1) / len(self.keys), f"{key}: ")
            manifest = self._marked(part) if key == PSEUDO else self.manifest(key)
            found = replace(self.runs, manifest=manifest).trained(key, self.row_config(key), summarize_method, part)
            if found is None:
                return None
            results[key] = found
        return results

    def row_config(self, key: str) -> TrainingConfig:
        """Return the settings with which a row is trained."""
        train = len(self.runs.manifest.of_split(TRAIN))
        changed = {"name": f"unlabelled-{key}", "description": "A row of a study of cases without a label.",
                   "steps_per_epoch": self.config.steps_per_epoch or max(1, train // self.config.sampling.batch),
                   "unlabelled": {"method": "mean_teacher" if key == TEACHER else "none"}}
        return config_from(merge(self.config.to_dict(), changed))

    def manifest(self, key: str) -> Manifest:
        """Return what a row is trained on; that of the mean teacher is also what pseudo-labels are made of."""
        every, chosen = self.runs.manifest, self._chosen()
        if key == ALL:
            return derived(every, (case for case in every.cases if case.drawn != NOTHING), key)
        cases = (case if case.split != TRAIN or case.patient in chosen else
                 replace(case, drawn=NOTHING, roi=None) for case in every.cases)
        return derived(every, (case for case in cases if key != LABELLED or case.drawn != NOTHING),
                       f"{key} {self.labelled}")

    def _chosen(self) -> set[str]:
        """Return the patients whose masks are taken: the first by a hash of their names, whatever the order of rows."""
        patients = {case.patient for case in self.runs.manifest.of_split(TRAIN) if case.labelled}
        return set(sorted(patients, key=lambda name: (_hash(name), name))[:self.labelled])

    def _marked(self, progress: Progress) -> Manifest:
        """Return the manifest in which the model of the first row marked the cases without a mask."""
        home, device = self.runs.folder_of(PSEUDO), choose_device(self.runs.device)
        package = self._calibrated(ModelPackage.load(self.runs.folder_of(LABELLED) / "run" / "model"), home / "model",
                                   progress)
        cases: tuple[ManifestCase, ...] = mark_cases(package, self.manifest(TEACHER), home / "marked", self.runs.cache,
                                                     device, progress)
        return derived(self.manifest(TEACHER), cases, f"{PSEUDO} {package.spec.stored.sha256}")

    def _calibrated(self, package: ModelPackage, folder: Path, progress: Progress) -> ModelPackage:
        """Return the model calibrated on the validation split, as it was made before or anew."""
        for made in _loaded(folder):
            if made.spec.stored.sha256 == package.spec.stored.sha256:
                return made
        paths = prepare_cases(self.runs.manifest.of_split(VALIDATION), self.runs.cache, progress)
        spec = calibrate(package, paths, choose_device(self.runs.device), progress)
        return save_package(folder, spec, package.load_state())


def _loaded(folder: Path) -> Iterator[ModelPackage]:
    """Yield the model of a folder, if there is one that is whole."""
    try:
        yield ModelPackage.load(folder)
    except ModelError:
        return


def _hash(patient: str) -> str:
    return hashlib.sha256(patient.encode(errors="surrogatepass")).hexdigest()
