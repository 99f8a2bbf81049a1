"""What a study of methods keeps of a network: figures on the test split, calibration, volume, and cost."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from icac.evaluation.measures.case_measures import CaseMeasures
from icac.evaluation.results.metrics import list_metrics
from icac.evaluation.statistics.calibration import reliability
from icac.evaluation.statistics.quarters import in_quarters
from icac.evaluation.statistics.temperature import Recalibration
from icac.logit_histogram import BIN_LOGITS
from icac.models import ModelPackage
from icac.study.methods.uncertain import on_uncertain_voxels
from icac.study.row_runs import Scored
from icac.training.calibration.held_out import analysed
from icac.training.engine.checkpoint import load_checkpoint

#: Columns of the table by the names of metrics, with their units.
FIGURES = {
    "mean_dice": "Dice, mean", "pooled_dice": "Dice, pooled (absolute)", "hd_mm": "Hausdorff distance, mean",
    "hd95_mm": "95th percentile Hausdorff distance, mean", "assd_mm": "Average symmetric surface distance, mean",
    "avd_mm3": "Absolute volume difference, mean", "sensitivity": "Sensitivity, pooled", "ppv": "PPV, pooled",
    "false_lesions": "False lesions per scan", "icc": "ICC(2,1) absolute agreement, volume",
    "bias_mm3": "Bias (predicted - true)", "bias_percent": "Bias, per cent of mean true volume"}


def summarize_method(found: Scored) -> dict[str, Any]:
    """Return what is kept of a scored network, as plain JSON values; what is not defined is None."""
    metrics = {metric.name: list(map(float, metric.estimate)) for metric in list_metrics(found.evaluation, ())}
    validation = found.package.spec.metrics["validation"]
    return _defined({
        "cases": len(found.evaluation.cases), **{name: metrics[words] for name, words in FIGURES.items()},
        "validation_dice": validation["dice"], "validation_loss": validation["loss"], **_training(found),
        "threshold": found.package.spec.threshold, "temperature": found.package.spec.temperature,
        **_cost(found.package), "seconds_per_case": found.seconds,
        "calibration": list(_calibration(found, found.evaluation.cases)),
        "uncertain": _uncertain(found)})


def _training(found: Scored) -> dict[str, Any]:
    """Return length of the training; nothing of an ensemble, which has none of its own."""
    if not (found.run / "last.pt").is_file():
        return {"steps": None, "minutes": None}
    state = load_checkpoint(found.run / "last.pt")["state"]
    return {"steps": state["step"], "minutes": state["seconds"] / 60}


def _cost(package: ModelPackage) -> dict[str, Any]:
    """Return size, operations and memory of a pass over all that is analysed of a head."""
    network = package.spec.architecture
    shape = network.geometry.input_shape(analysed()[0].shape)
    return {"parameters": network.parameters(), "gmacs": network.macs(shape) / 1e9,
            "memory_gb": network.forward_bytes(shape) / 1e9}


def _uncertain(found: Scored) -> list[dict[str, Any]]:
    """Return volume and calibration on the voxels on which observers differ; nothing if none are known."""
    cases = on_uncertain_voxels(found.evaluation.cases, found.predicted)
    return list(_calibration(found, cases)) if cases else []


def _calibration(scored: Scored, cases: Sequence[CaseMeasures]) -> Iterator[dict[str, Any]]:
    """Yield volume and calibration: of the bare network, with its temperature, and recalibrated with a shift as well.

    The cases are all that were evaluated, measured on all voxels or on some. Temperatures are fitted on the validation
    split when a network is trained. Temperature and shift are fitted on the other half of the test split, crosswise, so
    that no scan is judged by a fit on itself.
    """
    found, usual = scored.evaluation.calibration, scored.package.spec.temperature
    if found is None:
        return
    yield _calibrated("none", cases, [Recalibration(1 / scored.temperatures.get(case.case, usual)) for case in cases])
    yield _calibrated("temperature", cases, [Recalibration()])
    for variant in found.variants:
        if variant.name == "temperature and shift":
            yield _calibrated(variant.name, cases, variant.maps)


def _calibrated(name: str, cases: Sequence[CaseMeasures], maps: Sequence[Recalibration]) -> dict[str, Any]:
    """Return the calibration of cases, of which every so many-th is recalibrated by the same of the maps."""
    probabilities = [one.bin_probabilities() for one in maps]
    logits = [np.zeros((2, len(BIN_LOGITS))) if case.logits is None else case.logits for case in cases]
    pooled = [np.sum(logits[n::len(maps)], axis=0, dtype=float) for n in range(len(maps))]
    each = [(case, counts, probabilities[n % len(maps)])
            for n, (case, counts) in enumerate(zip(cases, logits, strict=True))]
    expected = {case.case: float(counts.sum(axis=0) @ p) * case.voxel_volume_mm3 for case, counts, p in each}
    of_images = [reliability(counts, p).ece for _, counts, p in each if counts.any()]
    found = reliability(np.concatenate(pooled, axis=1), np.concatenate(probabilities))
    return {"recalibration": name, "ece_pooled": found.ece,
            "ece_image": float(np.mean(of_images)) if of_images else math.nan, **_volume(cases, expected),
            "diagram": {"voxels": found.voxels.tolist(), "mean_probability": found.mean_probability.tolist(),
                        "icac_share": found.icac_share.tolist()}}


def _volume(cases: Sequence[CaseMeasures], expected: dict[str, float]) -> dict[str, Any]:
    """Return expected and thresholded volume against the truth: in all, and by quarter of true volume."""
    true, predicted = (sum(getattr(case.overlap, name) for case in cases) for name in ("truth_mm3", "predicted_mm3"))
    return {"expected_over_true": sum(expected.values()) / true if true else math.nan,
            "thresholded_over_true": predicted / true if true else math.nan,
            "quarters": [_quarter(number, group, expected) for number, group in enumerate(in_quarters(cases), start=1)
                         if group]}


def _quarter(number: int, group: Sequence[CaseMeasures], expected: dict[str, float]) -> dict[str, Any]:
    """Return the mean of thresholded and of expected less true volume, mm3, of a quarter of the scans."""
    def bias(volume: Callable[[CaseMeasures], float]) -> float:
        return float(np.mean([volume(case) - case.overlap.truth_mm3 for case in group]))

    return {"quarter": number, "thresholded_bias_mm3": bias(lambda case: case.overlap.predicted_mm3),
            "expected_bias_mm3": bias(lambda case: expected[case.case])}


def _defined(value: Any) -> Any:
    """Return plain values with None for what is not a number, for which JSON has no word."""
    if isinstance(value, dict):
        return {name: _defined(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_defined(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
