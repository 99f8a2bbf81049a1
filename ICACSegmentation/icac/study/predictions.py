"""Predicting the cases of a manifest with a trained model, as files that can be looked at and evaluated.

Cases lie on the 0.5 mm grid of the network, registered beforehand; the files lie on the voxels of their scans, or on
the grid for simulated cases that do not keep these. What registration itself costs is measured by ``icac segment`` on
whole scans.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from icac.anatomy import Course, Side
from icac.anatomy.arrays import arrays_of, courses_from
from icac.ct import write_volume
from icac.errors import InputError
from icac.evaluation import CaseInput
from icac.files import open_arrays, whole_file
from icac.inference import Device
from icac.lesions.reported import reported_icac
from icac.models import ModelPackage, ModelSpec
from icac.progress import Progress
from icac.training.calibration.held_out import HeldOut, ScoredVoxels
from icac.training.calibration.moved_case import MovedCase
from icac.trainingset.case_scan import pose_of_case
from icac.trainingset.manifest import ManifestCase
from icac.trainingset.prepare import prepare_cases


def prediction_files(name: str, folder: Path, truth_folder: Path) -> dict[str, Path]:
    """Return the files of one case: ``pred`` and ``probability`` in a folder, ``truth`` and ``ct`` in another.

    They are NIfTI, or NRRD if they were written from a scan with a tilted gantry (see :func:`icac.ct.write_volume`).
    """
    homes = {"pred": folder, "probability": folder, "truth": truth_folder, "ct": truth_folder}
    sheared = (folder / "pred" / f"{name}.nrrd").is_file()
    return {kind: home / kind / f"{name}{'.nrrd' if sheared else '.nii.gz'}" for kind, home in homes.items()}


def courses_file(name: str, folder: Path) -> Path:
    """Return the file of the courses by which a case was predicted, as named arrays: LPS mm where it is judged."""
    return folder / "courses" / f"{name}.npz"


def predict_cases(package: ModelPackage, cases: Sequence[ManifestCase], cache: Path, folder: Path,
                  truth_folder: Path, device: Device, progress: Progress) -> list[CaseInput]:
    """Predict cases and write masks, probabilities, courses, truth and CT; files that are there already are kept.

    Parameters
    ----------
    package : ModelPackage
    cases : sequence of ManifestCase
    cache : Path
        Where prepared scans lie.
    folder, truth_folder : Path
        For ``pred/<case>.nii.gz``, ``probability/..`` and ``courses/<case>.npz``; for ``truth/..`` and ``ct/..``.
    device : Device
    progress : Progress

    Returns
    -------
    list of CaseInput
        For `icac.evaluation.evaluate`.

    Raises
    ------
    IcacError
        If a case cannot be read or a file cannot be written.

    """
    network = None
    for number, case in enumerate(cases):
        files, courses = prediction_files(case.name, folder, truth_folder), courses_file(case.name, folder)
        progress.update("Predict", number / len(cases), case.name)
        if all(file.is_file() for file in (*files.values(), courses)):
            continue
        network = network or package.load_network(device.name)
        path = prepare_cases([case], cache, progress)[0]
        found = HeldOut(path, package, network, device)
        _write(found, ScoredVoxels(path), MovedCase(path, package, network, device), package.spec, files)
        _write_courses(found, pose_of_case(path), courses)
    return case_inputs(cases, folder, truth_folder)


def case_inputs(cases: Sequence[ManifestCase], folder: Path, truth_folder: Path) -> list[CaseInput]:
    """Return the predicted cases for `icac.evaluation.evaluate`; the courses of the prediction tell sides and segments.

    Raises
    ------
    InputError
        If the courses of a case are missing or damaged.

    """
    return [_case_input(case, prediction_files(case.name, folder, truth_folder),
                        _read_courses(courses_file(case.name, folder))) for case in cases]


def _case_input(case: ManifestCase, files: dict[str, Path], courses: dict[Side, Course]) -> CaseInput:
    return CaseInput(case.name, files["pred"], files["truth"], files["probability"], files["ct"], courses,
                     protocol=case.protocol)


def _read_courses(path: Path) -> dict[Side, Course]:
    try:
        with open_arrays(path) as file:
            return courses_from(file)
    except (OSError, ValueError) as error:
        raise InputError(f"{path} with the courses of the prediction is missing or damaged; delete the predictions of "
                         "this case and predict it again.") from error


def _write_courses(case: HeldOut, reference_to_judged: np.ndarray, path: Path) -> None:
    courses = {side: fit.transformed(reference_to_judged).course for side, fit in case.courses.items()}
    arrays: dict[str, Any] = dict(arrays_of(courses))
    with whole_file(path) as temporary:
        np.savez_compressed(temporary, **arrays)


def _write(case: HeldOut, voxels: ScoredVoxels, seen: MovedCase, spec: ModelSpec, files: dict[str, Path]) -> None:
    probability = seen.probability(voxels, case.found)
    found = reported_icac(probability, voxels.ct, voxels.noise, spec.threshold, spec.lesion_threshold).mask
    made = {"ct": voxels.ct, "truth": voxels.truth, "probability": voxels.ct.like(probability),
            "pred": voxels.ct.like(found.astype(np.uint8))}
    for kind, volume in made.items():
        if not files[kind].is_file():
            write_volume(volume, files[kind])
