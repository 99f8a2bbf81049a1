"""The table of metrics: every number with its interval, its unit, and on how many cases it rests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from icac.evaluation.measures.case_measures import CaseMeasures
from icac.evaluation.statistics.agreement import Estimate, intraclass_correlations, limits_of_agreement
from icac.evaluation.statistics.bootstrap import bootstrap_mean, bootstrap_ratio
from icac.evaluation.statistics.calibration import Calibration
from icac.evaluation.statistics.categories import category_kappa
from icac.evaluation.statistics.evaluated_cases import EvaluatedCases
from icac.evaluation.statistics.roc import RocCurve


@dataclass(frozen=True)
class Metric:
    """One row.

    Attributes
    ----------
    group, name : str
    estimate : Estimate
        Value and 95% confidence interval, not a number where undefined.
    unit : str
    n : int
        Number of cases (or lesions, arteries, segments) that it rests on.

    """

    group: str
    name: str
    estimate: Estimate
    unit: str
    n: int


def list_metrics(evaluation: EvaluatedCases, curves: Sequence[RocCurve]) -> list[Metric]:
    """Return all metrics of an evaluation, in the order of the table."""
    cases = evaluation.cases
    rows = overlap_metrics(cases) + _lesion_metrics(cases)
    truth, predicted = _of(cases, lambda c: c.overlap.truth_mm3), _of(cases, lambda c: c.overlap.predicted_mm3)
    rows += volume_metrics("Volume", predicted, truth) + _surface_metrics(cases)
    rows += [Metric("ROC", f"AUC, any ICAC in the {c.level}", c.auc, "", c.positives + c.negatives) for c in curves]
    return rows + (_calibration_metrics(evaluation.calibration) if evaluation.calibration else [])


def overlap_metrics(cases: Sequence[CaseMeasures]) -> list[Metric]:
    """Return Dice, sensitivity and PPV by voxel, of each scan and pooled."""
    both = _of(cases, lambda c: c.overlap.both_mm3)
    truth, predicted = _of(cases, lambda c: c.overlap.truth_mm3), _of(cases, lambda c: c.overlap.predicted_mm3)
    dice, some = _of(cases, lambda c: c.overlap.dice), truth > 0
    group = "Overlap"
    rows = [_mean(group, "Dice, mean", dice), _sd(group, "Dice, SD", dice),
            _mean(group, "Dice, mean, with ICAC", dice[some]), _sd(group, "Dice, SD, with ICAC", dice[some])]
    for name, top, below in (("Dice, pooled (absolute)", 2 * both, truth + predicted),
                             ("Sensitivity, pooled", both, truth), ("PPV, pooled", both, predicted)):
        rows.append(Metric(group, name, bootstrap_ratio(top, below), "", len(cases)))
    return [*rows, _mean(group, "Sensitivity, mean", _of(cases, lambda c: c.overlap.sensitivity)),
            _mean(group, "PPV, mean", _of(cases, lambda c: c.overlap.ppv))]


def _lesion_metrics(cases: Sequence[CaseMeasures]) -> list[Metric]:
    truth, found = _of(cases, lambda c: c.truth_lesions), _of(cases, lambda c: c.found_lesions)
    predicted, false = _of(cases, lambda c: c.predicted_lesions), _of(cases, lambda c: c.false_lesions)
    group = "Lesions"
    return [Metric(group, "Sensitivity", bootstrap_ratio(found, truth), "", int(truth.sum())),
            Metric(group, "PPV", bootstrap_ratio(predicted - false, predicted), "", int(predicted.sum())),
            _mean(group, "False lesions per scan", false), _mean(group, "Missed lesions per scan", truth - found)]


def volume_metrics(group: str, predicted: np.ndarray, truth: np.ndarray) -> list[Metric]:
    """Return the agreement of volumes (n,) in mm3: intraclass correlations, bias, limits, absolute difference."""
    n, rows = len(truth), []
    for words, change in (("volume", lambda v: v), ("ln(volume + 1)", np.log1p)):
        found = intraclass_correlations(np.stack([change(predicted), change(truth)], axis=1))
        rows += [Metric(group, f"ICC(2,1) absolute agreement, {words}", found.agreement, "", n),
                 Metric(group, f"ICC(3,1) consistency, {words}", found.consistency, "", n),
                 Metric(group, f"ICC(1,1) one-way, {words}", found.one_way, "", n)]
    limits = limits_of_agreement(predicted, truth)
    rows.append(Metric(group, "Weighted kappa of the categories of volume", category_kappa(predicted, truth), "", n))
    return [*rows, Metric(group, "True volume, mean", Estimate(float(truth.mean())), "mm3", n),
            Metric(group, "True volume, median", Estimate(float(np.median(truth))), "mm3", n),
            Metric(group, "Bias (predicted - true)", limits.bias, "mm3", n),
            Metric(group, "Bias, per cent of mean true volume", Estimate(limits.bias_percent), "%", n),
            Metric(group, "Lower limit of agreement", limits.lower, "mm3", n),
            Metric(group, "Upper limit of agreement", limits.upper, "mm3", n),
            _mean(group, "Absolute volume difference, mean", np.abs(predicted - truth), "mm3"),
            Metric(group, "Absolute volume difference, median", Estimate(float(np.median(np.abs(predicted - truth)))),
                   "mm3", n)]


def _surface_metrics(cases: Sequence[CaseMeasures]) -> list[Metric]:
    rows = []
    for name, pick in (("Hausdorff distance", lambda c: c.surface.hausdorff),
                       ("95th percentile Hausdorff distance", lambda c: c.surface.hausdorff95),
                       ("Average symmetric surface distance", lambda c: c.surface.average)):
        values = _of(cases, pick)
        defined = values[~np.isnan(values)]
        median = Estimate(float(np.median(defined)) if len(defined) else float("nan"))
        rows += [_mean("Surfaces", f"{name}, mean", values, "mm"),
                 Metric("Surfaces", f"{name}, median", median, "mm", len(defined))]
    return rows


def _calibration_metrics(calibration: Calibration) -> list[Metric]:
    truth = _of(calibration.cases, lambda c: c.overlap.truth_mm3)
    n, rows = len(truth), []
    for variant in calibration.variants:
        group = f"Calibration, {variant.name}" if variant.name != "none" else "Calibration, as predicted"
        found = variant.reliability
        voxels = int(found.voxels.sum())
        rows += [Metric(group, "Temperature", Estimate(float(np.mean([m.temperature for m in variant.maps]))), "", n),
                 Metric(group, "Shift", Estimate(float(np.mean([m.shift for m in variant.maps]))), "log odds", n),
                 Metric(group, "Expected calibration error (analysed voxels)", Estimate(found.ece), "", voxels),
                 Metric(group, "Cross-entropy (analysed voxels)", Estimate(found.cross_entropy), "nat", voxels),
                 Metric(group, "Brier score (analysed voxels)", Estimate(found.brier), "", voxels),
                 Metric(group, "Expected / true volume", bootstrap_ratio(variant.expected_mm3, truth), "", n)]
        kept = [row for row in volume_metrics(group, variant.expected_mm3, truth) if not row.name.startswith("True")]
        rows += [Metric(row.group, f"Expected volume: {row.name}", row.estimate, row.unit, row.n) for row in kept]
    lost = _of(calibration.cases, lambda c: c.unanalysed_mm3)
    return [*rows, Metric("Calibration, as predicted", "Share of true volume outside the analysed voxels",
                          bootstrap_ratio(lost, truth), "", n)]


def _of(cases: Sequence[CaseMeasures], pick: Callable[[CaseMeasures], float | None]) -> np.ndarray:
    return np.array([pick(case) for case in cases], dtype=float)


def _mean(group: str, name: str, values: np.ndarray, unit: str = "") -> Metric:
    return Metric(group, name, bootstrap_mean(values), unit, int((~np.isnan(values)).sum()))


def _sd(group: str, name: str, values: np.ndarray) -> Metric:
    sd = float(values.std(ddof=1)) if len(values) > 1 else float("nan")
    return Metric(group, name, Estimate(sd), "", len(values))
