"""From a finished result to the attribution of one of its lesions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from icac.attribution.attribution import Attribution
from icac.attribution.deletion import delete
from icac.attribution.integrated_gradients import BASELINE_HU, STEPS, integrated_gradients
from icac.attribution.lesion_score import LesionScore
from icac.attribution.on_scan import to_scan_voxels
from icac.calcium import is_calcium_dense
from icac.change.read import Given, measured
from icac.change.scan import MeasuredScan
from icac.errors import InputError, ModelError
from icac.geometry import Volume, three
from icac.geometry.box import Box, bounding_box, box_shape
from icac.inference import choose_device
from icac.inference.predict import cut_position
from icac.inference.tiling import Tile
from icac.lesions import Lesion
from icac.models import ModelPackage, find_model
from icac.network_region import NetworkRegion, plan_region
from icac.progress import Progress, Silent
from icac.reference.position import refined
from icac.report import Report


@dataclass(frozen=True, eq=False)
class Explained:
    """A lesion of a result, and why it was called one.

    Attributes
    ----------
    scan : MeasuredScan
        The scan as it is, and its lesions.
    ct : Volume
        The scan as it was measured.
    lesion : Lesion
    attribution : Attribution
    model : ModelPackage

    """

    scan: MeasuredScan
    ct: Volume
    lesion: Lesion
    attribution: Attribution
    model: ModelPackage

    @property
    def mask(self) -> np.ndarray:
        """Voxels of the lesion, bool (z, y, x)."""
        return self.scan.labels == self.lesion.id


def explain(result: str | Path, lesion: int, *, ct: str | None = None, model: str = "", device: str = "auto",
            steps: int = STEPS, check: bool = False, progress: Progress | None = None) -> Explained:
    """Tell why a lesion of a finished result was called one.

    Parameters
    ----------
    result : str or Path
        Folder of results of ``icac segment``, or the report in it.
    lesion : int
        Number of the lesion, as in ``lesions.csv`` and in the mask.
    ct : str, optional
        The scan, where it is not where the report says.
    model : str
        Name or folder of the model by which it was found; the one that the report names if empty.
    device : {"auto", "cpu", "cuda", "mps"}
    steps : int
        Points at which the slope is taken.
    check : bool
        Also delete voxels and see whether the score falls.
    progress : Progress, optional

    Raises
    ------
    InputError
        The result, its scan or the lesion is not there, or the network did not look where the lesion lies.
    ModelError
        The model that found it is not at hand.
    DeviceError
        The device does not work here.

    """
    progress = progress or Silent()
    given = Given(str(result), "scan", ct, option="--ct")
    if given.report is None:
        raise InputError(f"{result} holds no result of 'icac segment'; give the folder that it wrote.")
    report = Report.load(given.report)
    package = _model_of(report, model)
    progress.update("Read", 0.0, report.input_path)
    scan = measured(given)
    found = _lesion_of(scan, lesion, given.report)
    volume = report.measured(scan.ct)
    plan = plan_region(report.region, package.spec.architecture)
    shown = plan.sample(volume, report.reference_to_scan)
    question = _Question(package, plan, shown, _on_grid(scan, lesion, plan, shown), choose_device(device).name)
    contributions = integrated_gradients(question.score, question.x, question.baseline, steps,
                                         lambda done: progress.update("Explain", 0.1 + 0.8 * done, f"lesion {lesion}"))
    values = to_scan_voxels(Volume(contributions, question.frame), volume.frame, report.reference_to_scan)
    attribution = Attribution(lesion, values, question.score.score(question.x),
                              question.score.score(question.baseline), steps)
    if check:
        progress.update("Check", 0.9)
        deletion = delete(question.score, question.x, question.baseline, contributions, question.dense)
        attribution = replace(attribution, deletion=deletion)
    return Explained(scan, volume, found, attribution, package)


class _Question:
    """What the network is asked about a lesion: the part of the head that it sees from there.

    Attributes
    ----------
    frame : Frame
        Of that part, in reference space.
    x, baseline : numpy.ndarray
        What the network is shown, and what it is compared with, scaled float32 (z, y, x).
    dense : numpy.ndarray of bool
        (z, y, x) voxels of at least 130 HU.
    score : LesionScore

    """

    def __init__(self, package: ModelPackage, plan: NetworkRegion, shown: np.ndarray, lesion: np.ndarray,
                 device: str) -> None:
        around = bounding_box(lesion, plan.geometry.grid)
        assert around is not None  # a lesion has voxels
        block = _seen_from(around, plan)
        hu, spec = shown[block], package.spec
        position = None if plan.position is None else refined(cut_position(plan.position, block, three(shown.shape)),
                                                              hu.shape)
        self.frame, self.dense = plan.wide_frame.part(block), is_calcium_dense(hu)
        self.x = spec.intensity.apply(hu)
        self.baseline = np.broadcast_to(spec.intensity.apply(np.float32(BASELINE_HU)), self.x.shape).copy()
        self.score = LesionScore(package.load_network(device), spec.temperature, lesion[around], position)


def _seen_from(around: Box, plan: NetworkRegion) -> Box:
    """Return the part of the input that the network needs for a box of its output."""
    return Tile(three(part.start for part in around), box_shape(around)).input(plan.geometry)


def _model_of(report: Report, name: str) -> ModelPackage:
    package = find_model(name or report.model)
    if package.spec.stored.sha256 != report.model_checksum:
        raise ModelError(f"{report.source} was made by {report.model} {report.model_version}, and the weights in "
                         f"'{package.folder}' are others: name the folder of that model with --model, or segment the "
                         "scan again.")
    return package


def _lesion_of(scan: MeasuredScan, number: int, report: Path) -> Lesion:
    if not scan.lesions:
        raise InputError(f"The result of {report} has no lesion, so there is nothing to explain.")
    if not 1 <= number <= len(scan.lesions):
        raise InputError(f"The result of {report} has no lesion {number}: its lesions are numbered from 1 to "
                         f"{len(scan.lesions)}, see lesions.csv.")
    return scan.lesions[number - 1]


def _on_grid(scan: MeasuredScan, number: int, plan: NetworkRegion, shown: np.ndarray) -> np.ndarray:
    """Return the voxels of the network's grid by which a lesion was found, bool (z, y, x): mostly in it, and dense."""
    mask = scan.ct.like((scan.labels == number).astype(np.float32))
    share = mask.resample(plan.frame, scan.reference_to_scan).array
    dense = is_calcium_dense(plan.inner(shown))
    for chosen in ((share >= 0.5) & dense, (share > 0) & dense, share > 0):
        if chosen.any():
            return chosen
    raise InputError(f"Lesion {number} lies where the network did not look, as what is drawn by hand can: there is "
                     "nothing to explain.")
