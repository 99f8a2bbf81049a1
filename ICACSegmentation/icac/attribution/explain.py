"""From a finished result to the attribution of one of its lesions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from icac.attribution.attribution import Attribution
from icac.attribution.deletion import delete
from icac.attribution.integrated_gradients import STEPS, integrated_gradients
from icac.attribution.on_scan import to_scan_voxels
from icac.attribution.question import Question
from icac.calcium import is_calcium_dense
from icac.change.read import Given, measured
from icac.change.scan import MeasuredScan
from icac.errors import InputError, ModelError
from icac.geometry import Volume
from icac.inference import choose_device
from icac.lesions import Lesion
from icac.models import ModelPackage, find_model
from icac.network_region import NetworkRegion, plan_region
from icac.progress import Progress, Silent
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
    progress.update("Read", 0.0, str(result))
    asked = ask(result, lesion, ct=ct, model=model, device=device)
    question, score = asked.question, asked.question.score
    contributions = integrated_gradients(score, question.x, question.baseline, steps,
                                         lambda done: progress.update("Explain", 0.1 + 0.8 * done, f"lesion {lesion}"))
    values = to_scan_voxels(Volume(contributions, question.frame), asked.ct.frame, asked.scan.reference_to_scan)
    deletion = None
    if check:
        progress.update("Check", 0.9)
        deletion = delete(score, question.x, question.baseline, contributions, question.dense)
    attribution = Attribution(lesion, values, score.score(question.x), score.score(question.baseline), steps, deletion)
    return Explained(asked.scan, asked.ct, asked.lesion, attribution, asked.model)


@dataclass(frozen=True, eq=False)
class Asked:
    """A lesion of a result, and what its network is asked about it; attributes as of :class:`Explained`."""

    scan: MeasuredScan
    ct: Volume
    lesion: Lesion
    model: ModelPackage
    question: Question


def ask(result: str | Path, lesion: int, *, ct: str | None = None, model: str = "", device: str = "auto") -> Asked:
    """Read a result again, and what its network was shown of a lesion; parameters and errors as of :func:`explain`."""
    given = Given(str(result), "scan", ct, option="--ct")
    if given.report is None:
        raise InputError(f"{result} holds no result of 'icac segment'; give the folder that it wrote.")
    report = Report.load(given.report)
    package = _model_of(report, model)
    scan = measured(given)
    found = _lesion_of(scan, lesion, given.report)
    volume = report.measured(scan.ct)
    plan = plan_region(report.region, package.spec.architecture)
    shown = plan.sample(volume, report.reference_to_scan)
    question = Question(package, plan, shown, _on_grid(scan, lesion, plan, shown), choose_device(device).name)
    return Asked(scan, volume, found, package, question)


def _model_of(report: Report, name: str) -> ModelPackage:
    package = find_model(name or report.model)
    if package.spec.checksum != report.model_checksum:
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
