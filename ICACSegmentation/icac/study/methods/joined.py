"""The ensemble of the best networks of a study, with temperature and threshold as each of them has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from icac.inference import choose_device
from icac.logit_histogram import fit_temperature, score_histogram
from icac.models import ModelPackage, save_package
from icac.models.ensemble import ensemble_models, when_calibrated
from icac.progress import Progress
from icac.splits import TRAIN, VALIDATION
from icac.study.row_runs import RowRuns
from icac.training.engine.validation import count_validation
from icac.training.patches.stream import ValidationCases
from icac.trainingset.cases import IcacIndex
from icac.trainingset.prepare import prepare_cases


def join(packages: Sequence[ModelPackage], runs: RowRuns, folder: Path, within_region: bool, progress: Progress
         ) -> ModelPackage:
    """Write the ensemble of models, its temperature and threshold fitted on the validation split.

    Parameters
    ----------
    packages : sequence of ModelPackage
    runs : RowRuns
        Of the study.
    folder : Path
        Where to write.
    within_region : bool
        Only voxels near the reference's carotid courses count, as in the training of the members.
    progress : Progress

    Raises
    ------
    IcacError
        If the models cannot be joined, or a case cannot be read.

    """
    from lightning.fabric import Fabric

    bare = ensemble_models(packages, folder, "methods-ensemble")
    train, validation = (prepare_cases(runs.manifest.of_split(split), runs.cache, progress)
                         for split in (TRAIN, VALIDATION))
    cases = ValidationCases(validation, IcacIndex.of(train), bare.spec.architecture, within_region)
    device = choose_device(runs.device).name
    progress.update("calibrating the ensemble", 0.0, f"on {len(cases)} cases")
    fabric = Fabric(accelerator=device, devices=1)
    counts = count_validation(bare.load_network(device), cases, range(len(cases)), fabric)
    temperature = fit_temperature(counts.sum(0))
    found = score_histogram(counts, temperature)
    spec = replace(bare.spec, temperature=temperature, threshold=float(np.clip(found.threshold, 0.001, 0.999)),
                   notice=when_calibrated(bare.spec.notice),
                   metrics={**bare.spec.metrics, "validation": asdict(found) | {"cases": len(cases)}})
    return save_package(folder, spec, bare.load_state())
