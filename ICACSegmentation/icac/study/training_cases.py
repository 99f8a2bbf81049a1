"""The training cases of a manifest as a model predicts them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from icac.inference import Device
from icac.models import ModelPackage
from icac.progress import Progress
from icac.splits import TRAIN
from icac.training.calibration.held_out import HeldOut
from icac.trainingset.manifest import Manifest
from icac.trainingset.prepare import prepare_cases


def predicted_training_cases(package: ModelPackage, manifest: Manifest, cache: Path, device: Device,
                             progress: Progress) -> Iterator[tuple[str, Path, HeldOut]]:
    """Yield name, prepared file and prediction of each training case that has a label, one after the other.

    Parameters
    ----------
    package : ModelPackage
    manifest : Manifest
    cache : Path
        Where annotated scans are kept as they are prepared.
    device : Device
    progress : Progress

    Raises
    ------
    IcacError
        If a case cannot be read.

    """
    cases = [case for case in manifest.of_split(TRAIN) if case.labelled]
    network = package.load_network(device.name)
    for number, case in enumerate(cases):
        progress.update("Predict", number / len(cases), case.name)
        path = prepare_cases([case], cache, progress)[0]
        yield case.name, path, HeldOut(path, package, network, device)
    progress.update("Predict", 1.0, f"{len(cases)} cases")
