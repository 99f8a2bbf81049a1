"""What the network sees in usual scans: the features by which those that are unlike them are told (:mod:`icac.ood`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from icac.errors import IcacError, InputError, ModelError
from icac.geometry import three
from icac.inference import Engine
from icac.inference.features import FeatureCells
from icac.inference.predict import cut_position
from icac.inference.slabs import plan_slabs
from icac.models import ModelPackage
from icac.pipeline import segment_file
from icac.progress import Progress, Silent
from icac.settings import USUAL, Settings
from icac.training.calibration.held_out import analysed, analysed_positions, shown_of_case
from icac.trainingset.cases import read_case


def features_of_case(path: Path, package: ModelPackage, engine: Engine) -> np.ndarray:
    """Return the features, (f,), of a ``.npz`` case near the carotids.

    Raises
    ------
    InputError
        The case is damaged.
    ModelError
        The network has no features.

    """
    return features_of(shown_of_case(read_case(path), package.spec.architecture.geometry), package, engine)


def features_of(shown: np.ndarray, package: ModelPackage, engine: Engine) -> np.ndarray:
    """Return the features, (f,), of what the network is shown of a case: CT numbers, HU (z, y, x).

    Raises
    ------
    ModelError
        The network has no features.

    """
    spec, geometry = package.spec, package.spec.architecture.geometry
    position = analysed_positions(geometry) if spec.architecture.position else None
    cells = FeatureCells(counted := analysed()[1], geometry.grid)
    for part in plan_slabs(counted, spec.architecture):
        block = part.input(geometry)
        cells.put(part, engine.features(spec.intensity.apply(shown[block]), None if position is None else cut_position(
            position, block, three(shown.shape))))
    return _known(cells.pooled(), package)


def features_of_cases(paths: Sequence[Path], package: ModelPackage, engine: Engine, progress: Progress | None = None
                      ) -> np.ndarray:
    """Return the features of ``.npz`` cases, (n, f); see :func:`features_of_case`."""
    progress, found = progress or Silent(), []
    for number, path in enumerate(paths):
        progress.update("Look", number / len(paths), path.name)
        found.append(features_of_case(path, package, engine))
    return np.stack(found)


def features_of_scans(scans: Sequence[tuple[Path, str]], package: ModelPackage, settings: Settings = USUAL,
                      progress: Progress | None = None) -> tuple[np.ndarray, list[int]]:
    """Return the features of scans, (n, f), and which of them could be measured; why others could not is told.

    Parameters
    ----------
    scans : sequence of (Path, str)
        Where each is, and which series of a DICOM folder; empty for the best.
    package, settings, progress
        As of :func:`icac.pipeline.segment_file`.

    Raises
    ------
    InputError
        None could be measured.

    """
    progress, found, used = progress or Silent(), [], []
    for number, (path, series) in enumerate(scans):
        progress.update("Look", number / len(scans), path.name)
        chosen = replace(settings, region="carotid", series=series)
        try:
            found.append(_known(segment_file(path, chosen, package=package).features, package))
            used.append(number)
        except ModelError:
            raise
        except IcacError as error:
            progress.update("Look", number / len(scans), f"left out: {error}")
    if not found:
        raise InputError("None of the scans could be measured, so no gate can be fitted on them.")
    return np.stack(found), used


def _known(features: np.ndarray | None, package: ModelPackage) -> np.ndarray:
    if features is None:
        raise ModelError(f"The network of {package.spec.name} gives no features to tell scans by.")
    return features
