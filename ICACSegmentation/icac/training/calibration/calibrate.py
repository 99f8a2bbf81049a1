"""Calibration of a trained model: temperature, prior by distance from the carotid course, and threshold.

All are fitted on validation cases, after the weights: a logistic regression of the truth of every dense voxel on the
network's logit and on the distance from the lumen of the fitted course (linear between knots, apart for the bony
canal), then the thresholds, on the voxels of the scans if the cases keep them. The fit makes probabilities mean what
they say, on cases like those it was fitted on.

ICAC is measured as a volume, so the threshold is the one at which predicted and true volume of all cases are equal;
there sensitivity and PPV are equal too. The threshold with the highest pooled Dice, which tends to lie off that volume
(Bertels et al. 2019), is taken only where the true volume would cost more than :data:`DICE_FOR_VOLUME`. Then comes the
probability that some voxel of a lesion must reach (:mod:`icac.lesions.reported`): the F1 score of lesions found and
false is flat over a wide range, and the highest probability of that range is taken, since false lesions mislead where
lesions left out are still suggested in the review. What it takes from the volume, a lower threshold gives back.

Of a model with a second look (:mod:`icac.second_look`), only the thresholds are fitted: it learnt what to add to the
probabilities as they are.

Cases are judged by what the product reports of them: only what lies within reach of the carotids (:mod:`icac.course`)
and what noise does not explain (:mod:`icac.lesions.noise`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy import ndimage
from scipy.optimize import minimize

from icac.course import OnCourse
from icac.errors import InputError
from icac.inference import Device
from icac.lesions.components import TOUCHING
from icac.models import ModelPackage, ModelSpec
from icac.models.course_prior import CoursePrior
from icac.models.ensemble import when_calibrated
from icac.network.interface.network import Network
from icac.progress import Progress, Silent
from icac.training.calibration.held_out import HeldOut, ScoredVoxels
from icac.training.calibration.moved_case import MovedCase
from icac.training.calibration.reportable import Reportable

#: Distances from the lumen at which the prior is fitted, mm.
KNOTS_MM = (-2.0, -1.0, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0)

#: Distances are changed at random by this before the prior is fitted, mm: courses are fitted to simulated arteries with
#: half a millimetre of error, and the arteries of patients are farther from those that the network learnt from.
COURSE_ERROR_MM = 0.7

#: Pooled Dice that is given up at most for the true volume.
DICE_FOR_VOLUME = 0.02

#: Candidates for the probability that some voxel of a lesion must reach.
LESION_THRESHOLDS = (0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95)

#: Where lesions are seen in several poses before the thresholds are known: what reaches the first and, in some voxel,
#: can reach the second in the mean.
SUSPECT, SURE = 0.1, 0.85

#: F1 score of lesions that is given up at most for fewer false ones.
F1_FOR_FEWER_FALSE = 0.05

#: Halvings of the range in which the threshold of the true volume is searched.
_HALVINGS = 7

#: Weak pull of the prior towards 0, so that a distance without any ICAC gets a finite value.
_RIDGE = 1e-6


def fit(logit: np.ndarray, distance_mm: np.ndarray, in_canal: np.ndarray, truth: np.ndarray
        ) -> tuple[float, CoursePrior]:
    """Fit temperature and prior by maximum likelihood.

    Parameters
    ----------
    logit, distance_mm : numpy.ndarray
        Of the network, and from the lumen, less than 0 within it; not a number where the course is not known; shape
        (n,).
    in_canal : numpy.ndarray of bool
        Where the artery runs in its bony canal, shape (n,).
    truth : numpy.ndarray of bool
        Shape (n,).

    Returns
    -------
    temperature : float
    prior : CoursePrior

    """
    hats = [np.nan_to_num(np.interp(distance_mm, KNOTS_MM, row)) * here
            for here in (~in_canal, in_canal) for row in np.eye(len(KNOTS_MM))]
    features = np.stack([logit, *hats], axis=1).astype(np.float64)
    signs = np.where(truth, 1.0, -1.0)

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        margin = signs * (features @ weights)
        slope = -signs / (1 + np.exp(np.clip(margin, -50, 50)))
        ridge = _RIDGE * weights[1:]
        gradient = features.T @ slope / len(signs)
        gradient[1:] += ridge
        return float(np.logaddexp(0, -margin).mean() + 0.5 * ridge @ weights[1:]), gradient

    found = minimize(loss, np.concatenate([[1.0], np.zeros(len(hats))]), jac=True, method="L-BFGS-B",
                     bounds=[(0.05, 20.0), *[(-15.0, 15.0)] * len(hats)], options={"maxiter": 300})
    outside, canal = np.split(found.x[1:], 2)
    return float(1 / found.x[0]), CoursePrior(KNOTS_MM, tuple(outside), tuple(canal))


def best_threshold(probability: np.ndarray, truth: np.ndarray, voxel_mm3: np.ndarray | float = 1.0) -> float:
    """Return the threshold of the true volume, or that of the highest Dice where the volume costs too much of it.

    Parameters
    ----------
    probability : numpy.ndarray
        Of all dense voxels of all cases, shape (n,).
    truth : numpy.ndarray of bool
        Shape (n,).
    voxel_mm3 : numpy.ndarray or float
        Volume of each voxel, shape (n,), or of all.

    """
    order = np.argsort(-probability)
    volume = np.broadcast_to(np.asarray(voxel_mm3, float), truth.shape)[order]
    hits, chosen = np.cumsum(truth[order] * volume), np.cumsum(volume)
    wanted = hits[-1]
    dice = 2 * hits / (chosen + wanted)
    best, same_volume = int(dice.argmax()), min(int(np.searchsorted(chosen, wanted)), len(order) - 1)
    if dice[same_volume] >= dice[best] - DICE_FOR_VOLUME:
        best = same_volume
    return float(np.clip(probability[order[best]], 0.001, 0.999))


def best_lesion_threshold(cases: Iterable[Reportable], threshold: float) -> tuple[float, dict[str, float]]:
    """Return the highest lesion threshold with nearly the best F1 score, that score, and false lesions a case.

    A true lesion is found if any voxel of it is reported; a reported one is false if it holds no true voxel.

    Parameters
    ----------
    cases : iterable of Reportable
    threshold : float
        Probability from which a voxel counts.

    """
    lesions, false = [], []  # highest probability in the groups that touch each true lesion, and in each false group
    number_of_cases = 0
    for case in cases:
        number_of_cases += 1
        truth = case.truth_mask
        true, count = ndimage.label(truth, structure=TOUCHING)
        groups, guesses = ndimage.label(case.reported(threshold), structure=TOUCHING)
        peaks = np.append(-1.0, ndimage.maximum(case.probabilities, groups, np.arange(1, guesses + 1)))
        lesions += list(ndimage.maximum(peaks[groups], true, np.arange(1, count + 1)))
        false += list(peaks[np.setdiff1d(np.arange(1, guesses + 1), groups[truth])])
    scores = []
    for candidate in LESION_THRESHOLDS:
        found, wrong = (int(np.count_nonzero(np.array(kind) >= candidate)) for kind in (lesions, false))
        scores.append((2 * found / max(found + wrong + len(lesions), 1), wrong / max(number_of_cases, 1)))
    highest = max(score for score, _ in scores)
    best = max(index for index, (score, _) in enumerate(scores) if score >= highest - F1_FOR_FEWER_FALSE)
    return LESION_THRESHOLDS[best], {"lesion_f1": scores[best][0], "false_lesions": scores[best][1]}


def threshold_of_reported(cases: Sequence[Reportable], threshold: float, lesion_threshold: float) -> float:
    """Return the threshold, at most ``threshold``, at which what is reported has the true volume.

    ``threshold`` itself is kept where that volume would cost more than :data:`DICE_FOR_VOLUME`: it is of lesions that
    are not reported at any threshold.

    Parameters
    ----------
    cases : sequence of Reportable
    threshold, lesion_threshold : float
        Threshold at which the volume is true if all that reaches it is reported, and the lesion threshold.

    """
    def excess(candidate: float) -> float:
        return sum(case.voxel_mm3 * (np.count_nonzero(case.reported(candidate, lesion_threshold))
                                     - np.count_nonzero(case.truth)) for case in cases)

    low, high = threshold / 3, threshold
    if excess(high) >= 0:
        return high
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) >= 0 else (low, middle)
    before, after = (pooled_figures(cases, value, lesion_threshold)["dice"] for value in (threshold, high))
    return high if after >= before - DICE_FOR_VOLUME else threshold


def pooled_figures(cases: Iterable[Reportable], threshold: float, lesion_threshold: float) -> dict[str, float]:
    """Return pooled Dice, sensitivity and PPV of what is reported with both thresholds."""
    hits = found = wanted = 0.0
    for case in cases:
        reported = case.reported(threshold, lesion_threshold)
        hits += case.voxel_mm3 * np.count_nonzero(reported & case.truth_mask)
        found += case.voxel_mm3 * np.count_nonzero(reported)
        wanted += case.voxel_mm3 * np.count_nonzero(case.truth)
    return {"dice": 2 * hits / max(found + wanted, 1e-9), "sensitivity": hits / max(wanted, 1e-9),
            "ppv": hits / max(found, 1e-9)}


def calibrate(package: ModelPackage, paths: Sequence[Path], device: Device, progress: Progress | None = None,
              poses: int = 1) -> ModelSpec:
    """Return the specification of a model with temperature, prior and thresholds fitted on cases.

    Parameters
    ----------
    package : ModelPackage
    paths : sequence of Path
        Of the cases.
    device : Device
    progress : Progress, optional
    poses : int
        Over how many poses the model is to take the mean (:mod:`icac.poses`): the thresholds are those of the mean.

    Raises
    ------
    InputError
        If no case has ICAC near the carotid course.

    """
    progress = progress or Silent()
    network = package.load_network(device.name)
    first = _kept if package.second_look else _fitted
    spec, found = first(package, paths, network, device, progress)
    fitted = replace(package, spec=replace(spec, threshold=SUSPECT, lesion_threshold=SURE, poses=poses))
    cases = []
    for number, (path, on_course) in enumerate(zip(paths, found, strict=True)):
        progress.update("Calibrate", 0.5 + 0.5 * number / len(paths), path.name)
        seen, voxels = MovedCase(path, fitted, network, device), ScoredVoxels(path)
        cases.append(Reportable.of(voxels, seen.probability(voxels, on_course)))
    threshold = best_threshold(
        np.concatenate([case.probability for case in cases]), np.concatenate([case.truth for case in cases]),
        np.repeat([case.voxel_mm3 for case in cases], [len(case.truth) for case in cases]))
    lesion_threshold, lesion_figures = best_lesion_threshold(cases, threshold)
    threshold = threshold_of_reported(cases, threshold, lesion_threshold)
    figures = pooled_figures(cases, threshold, lesion_threshold)
    metrics = {**package.spec.metrics, "calibration": {"cases": len(paths), **figures, **lesion_figures}}
    return replace(spec, threshold=threshold, poses=poses, lesion_threshold=lesion_threshold, metrics=metrics,
                   notice=when_calibrated(package.spec.notice))


def _fitted(package: ModelPackage, paths: Sequence[Path], network: Network, device: Device, progress: Progress
            ) -> tuple[ModelSpec, list[OnCourse]]:
    """Return the specification with temperature and prior fitted on the grid, and what is found with them."""
    bare = replace(package, spec=replace(package.spec, temperature=1.0, course_prior=None))
    logits, truths, found = [], [], []
    for case in _held_out(bare, paths, network, device, progress):
        logits.append(_logit(case.probability[case.dense]))
        truths.append(case.truth[case.dense])
        found.append(case.found)
    logit, truth = np.concatenate(logits), np.concatenate(truths)
    _check_icac(bool(truth.any()))
    temperature, prior = fit(logit, _with_course_error(np.concatenate([case.outside_mm for case in found])),
                             np.concatenate([case.in_canal for case in found]), truth)
    spec = replace(package.spec, temperature=temperature, course_prior=prior)
    return spec, [_likely(case, spec) for case in found]


def _kept(package: ModelPackage, paths: Sequence[Path], network: Network, device: Device, progress: Progress
          ) -> tuple[ModelSpec, list[OnCourse]]:
    """Return the specification and what is found as they are: a second look learnt with this temperature and prior."""
    cases = [(case.found, bool(case.truth.any())) for case in _held_out(package, paths, network, device, progress)]
    _check_icac(any(has_icac for _, has_icac in cases))
    return package.spec, [found for found, _ in cases]


def _held_out(package: ModelPackage, paths: Sequence[Path], network: Network, device: Device, progress: Progress
              ) -> Iterator[HeldOut]:
    for number, path in enumerate(paths):
        progress.update("Calibrate", 0.5 * number / len(paths), path.name)
        yield HeldOut(path, package, network, device)


def _check_icac(some: bool) -> None:
    if not some:
        raise InputError("None of the validation cases has ICAC near the carotid course, so nothing can be calibrated.")


def _with_course_error(distance_mm: np.ndarray) -> np.ndarray:
    return distance_mm + np.random.default_rng(0).normal(0, COURSE_ERROR_MM, distance_mm.shape)


def _likely(found: OnCourse, spec: ModelSpec) -> OnCourse:
    """Return a case with the probability that a model of this temperature and prior gives."""
    assert spec.course_prior is not None
    likely = np.zeros_like(found.probability)
    some = found.probability > 0
    likely[some] = 1 / (1 + np.exp(-_logit(found.probability[some]) / spec.temperature))
    likely[found.dense] = found.with_prior(spec.course_prior, likely[found.dense])
    return found._replace(probability=likely)


def _logit(probability: np.ndarray) -> np.ndarray:
    p = np.clip(probability.astype(np.float64), 1e-7, 1 - 1e-7)
    return np.log(p / (1 - p))
