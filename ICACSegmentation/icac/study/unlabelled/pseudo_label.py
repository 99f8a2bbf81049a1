"""Cases of which nothing was drawn, marked by a model where it is sure (Lee 2013, pseudo-labels).

What the model is sure of is learnt as if a person had drawn it; the rest is not used, as a side that was not drawn is
not. Only probabilities that mean what they say can tell what is sure, so the model must have been calibrated.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy import ndimage

from icac.calcium import is_calcium_dense
from icac.errors import InputError, OutputError
from icac.files import open_arrays, whole_file, write_csv
from icac.geometry import three
from icac.inference import Device
from icac.lesions.components import TOUCHING
from icac.models import ModelPackage
from icac.network.interface.network import Network
from icac.progress import Progress
from icac.study.new_manifest import row_of, write_manifest
from icac.training.calibration.held_out import predict_case, within_case
from icac.trainingset.cases import CaseArrays, case_frame, read_case
from icac.trainingset.drawn import BY_MODEL, NOTHING, UNKNOWN
from icac.trainingset.manifest import MANIFEST, Manifest, ManifestCase
from icac.trainingset.prepare import prepare_cases

#: What is written beside the cases: how much of each the model was sure of.
TABLE = "pseudo_labels.csv"


@dataclass(frozen=True)
class Sure:
    """From which probability on a voxel is surely ICAC, and down to which it surely is none.

    Raises
    ------
    InputError
        If they are no probabilities, or leave none between them.

    """

    icac: float = 0.9
    none: float = 0.1

    def __post_init__(self) -> None:
        if not 0 <= self.none < self.icac <= 1:
            raise InputError(f"A voxel is surely ICAC from a probability of {self.icac:g} on and surely none up to "
                             f"{self.none:g}; give two numbers from 0 to 1, the first above the second.")

    def label(self, probability: np.ndarray, dense: np.ndarray) -> np.ndarray:
        """Return a label, uint8 (z, y, x): 1 where ICAC is sure, 255 where neither is, 0 elsewhere.

        Voxels that are not dense are none; next to one that is not sure they are not used either, since training
        changes scans a little, and makes dense voxels of some of them.

        Parameters
        ----------
        probability : numpy.ndarray
            (z, y, x) of ICAC.
        dense : numpy.ndarray of bool
            Same shape: at least 130 HU.

        """
        icac, unsure = dense & (probability >= self.icac), dense & (probability > self.none)
        unsure &= ~icac
        label = icac.astype(np.uint8)
        label[unsure | (ndimage.binary_dilation(unsure, TOUCHING) & ~dense)] = UNKNOWN
        return label


def mark_cases(package: ModelPackage, manifest: Manifest, folder: Path, cache: Path, device: Device,
               progress: Progress, sure: Sure | None = None) -> tuple[ManifestCase, ...]:
    """Return the cases of a manifest, those of which nothing was drawn marked by a model in ``<folder>/<case>.npz``.

    Those that were marked before by the same model and limits are kept, so that a run that was stopped goes on.

    Raises
    ------
    InputError
        If the model was not calibrated, or there is no such case.
    IcacError
        If a case cannot be read or written.

    """
    sure = sure or Sure()
    _check(package, manifest)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: this folder cannot be made ({error.strerror}); choose another.") from error
    network, marked = package.load_network(device.name), []
    for number, case in enumerate(manifest.cases):
        progress.update("Mark", number / len(manifest.cases), case.name)
        if case.drawn == NOTHING:
            path = folder / f"{case.name}.npz"
            _mark(prepare_cases([case], cache, progress)[0], path, package, network, device, sure)
            case = replace(case, roi=path, drawn=BY_MODEL)
        marked.append(case)
    progress.update("Mark", 1.0, f"{len(manifest.unlabelled)} cases")
    return tuple(marked)


def write_marked(cases: Iterable[ManifestCase], folder: Path) -> tuple[Path, list[dict[str, Any]]]:
    """Write ``manifest.csv`` and the table of how much a model was sure of; return the first and the rows."""
    cases = list(cases)
    rows: list[dict[str, Any]] = [{"case": case.name, **_volumes(case.roi)} for case in cases
                                  if case.drawn == BY_MODEL and case.roi]
    write_csv(folder / TABLE, list(rows[0]), rows)
    write_manifest([row_of(case) for case in cases], folder / MANIFEST)
    return folder / MANIFEST, rows


def _check(package: ModelPackage, manifest: Manifest) -> None:
    if "calibration" not in package.spec.metrics:
        raise InputError(f"{package.folder}: this model was not calibrated, so its probabilities do not tell what it "
                         "is sure of; use what 'icac calibrate' made of it.")
    if not manifest.unlabelled:
        raise InputError(f"{manifest.path}: there is no case with none in the column 'drawn' to mark.")


def _mark(prepared: Path, path: Path, package: ModelPackage, network: Network, device: Device, sure: Sure) -> None:
    """Write the marked case unless it is there."""
    facts = {"marked_by": package.spec.name, "sha256": package.spec.checksum, "temperature":
             package.spec.temperature, "case": prepared.stem, **asdict(sure)}
    if _facts_of(path) == facts:
        return
    case = read_case(prepared)
    label = _label(case, package, network, device, sure)
    arrays: dict[str, Any] = {"hu": case.hu, "label": label, "facts": np.array(json.dumps(facts))}
    with whole_file(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **arrays)


def _label(case: CaseArrays, package: ModelPackage, network: Network, device: Device, sure: Sure) -> np.ndarray:
    """Return the label of a whole case; beyond what is analysed there is no ICAC."""
    found = predict_case(case, None, package, network, device)
    probability = within_case(found.probability * found.dense, case.hu.shape)
    return sure.label(probability, is_calcium_dense(case.hu))


def _facts_of(path: Path) -> dict[str, Any] | None:
    """Return how a case was marked, or None if it was not."""
    if not path.is_file():
        return None
    try:
        with open_arrays(path) as file:
            return json.loads(str(file["facts"])) if {"hu", "label"} <= set(file) else None
    except (OSError, ValueError, KeyError):
        return None


def _volumes(path: Path) -> dict[str, float]:
    """Return the volume, mm3, that is surely ICAC, surely none (of dense voxels), and not used, on the grid."""
    case = read_case(path)
    voxel_mm3 = case_frame(three(case.hu.shape)).voxel_volume_mm3
    dense = is_calcium_dense(case.hu)
    return {f"{name}_mm3": voxel_mm3 * float(np.count_nonzero(dense & (case.label == value)))
            for name, value in (("sure_icac", 1), ("sure_none", 0), ("not_used", UNKNOWN))}
