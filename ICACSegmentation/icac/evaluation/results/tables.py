"""The tables of an evaluation as rows: dicts of column to value, the same for CSV and Markdown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from icac import files
from icac.evaluation.measures.case_measures import CaseMeasures
from icac.evaluation.results.metrics import Metric, overlap_metrics, volume_metrics
from icac.evaluation.statistics.agreement import Estimate
from icac.evaluation.statistics.calibration import Calibration
from icac.evaluation.statistics.categories import CATEGORIES, at_cutoffs, categories_of, category_kappa, confusion
from icac.evaluation.statistics.evaluated_cases import EvaluatedCases
from icac.evaluation.statistics.missed import LesionClass
from icac.evaluation.statistics.quarters import Quarter
from icac.evaluation.statistics.roc import RocCurve
from icac.evaluation.statistics.strata import Stratum
from icac.evaluation.statistics.two_runs import PairedTest, RunDifference

#: A table: every row has the same columns in the same order.
Rows = list[dict[str, object]]


def write_csv(rows: Rows, path: Path) -> Path:
    """Write rows as CSV: intervals as three columns, empty cells for what is undefined. No rows: an empty file."""
    flat = [{name: part for column, cell in row.items() for name, part in _csv_cells(column, cell)} for row in rows]
    if flat:
        return files.write_csv(path, list(flat[0]), flat)
    with files.whole_file(path) as temporary:
        temporary.touch()
    return path


def markdown(rows: Rows) -> str:
    """Return rows as a Markdown table: intervals in brackets, a dash for what is undefined."""
    if not rows:
        return "None."
    lines = [list(rows[0]), ["---" if i == 0 else "---:" for i in range(len(rows[0]))]]
    lines += [[_words(cell) for cell in row.values()] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def metric_rows(metrics: Sequence[Metric]) -> Rows:
    """Return the table of metrics."""
    return [{"group": m.group, "metric": m.name, "value": m.estimate, "unit": m.unit, "n": m.n} for m in metrics]


def case_rows(cases: Sequence[CaseMeasures]) -> Rows:
    """Return one row a case."""
    return [{
        "case": c.case, "split": c.split, "protocol": c.protocol, "voxel_volume_mm3": c.voxel_volume_mm3,
        "truth_mm3": c.overlap.truth_mm3, "pred_mm3": c.overlap.predicted_mm3, "expected_mm3": c.expected_mm3,
        "difference_mm3": c.overlap.predicted_mm3 - c.overlap.truth_mm3,
        "absolute_difference_mm3": abs(c.overlap.predicted_mm3 - c.overlap.truth_mm3),
        "dice": c.overlap.dice, "sensitivity": c.overlap.sensitivity, "ppv": c.overlap.ppv,
        "hausdorff_mm": c.surface.hausdorff, "hausdorff95_mm": c.surface.hausdorff95, "assd_mm": c.surface.average,
        "truth_lesions": c.truth_lesions, "found_lesions": c.found_lesions, "pred_lesions": c.predicted_lesions,
        "false_lesions": c.false_lesions, **vars(c.acquisition),
        "truth_unanalysed_mm3": c.unanalysed_mm3, "sides_by": c.sides_by,
    } for c in cases]


def lesion_rows(evaluation: EvaluatedCases) -> Rows:
    """Return one row for each true lesion and each false one."""
    return [dict(vars(lesion)) for lesion in evaluation.lesions]


def territory_rows(cases: Sequence[CaseMeasures]) -> Rows:
    """Return one row for each artery, or segment of it, of each case."""
    return [{"case": c.case, "side": side.value, "segment": segment.name if segment else "",
             "truth_mm3": c.truth_by_territory[side, segment], "score_mm3": c.score_by_territory[side, segment]}
            for c in cases for side, segment in c.truth_by_territory]


def quarter_rows(every: Sequence[Quarter], nonempty: Sequence[Quarter]) -> Rows:
    """Return the quarters with all scans, then with those that have ICAC."""
    return [{"scans": words, "quarter": q.number, "n": q.cases, "without_icac": q.empty, "from_mm3": q.low_mm3,
             "to_mm3": q.high_mm3, "dice": q.dice, "bias_mm3": q.volume_error_mm3}
            for words, found in (("all", every), ("with ICAC", nonempty)) for q in found]


def class_rows(classes: Sequence[LesionClass]) -> Rows:
    """Return the sensitivity by class of lesions."""
    return [{"property": c.property, "class": c.label, "lesions": c.lesions, "found": c.found,
             "sensitivity": c.sensitivity, "volume_mm3": c.volume_mm3} for c in classes]


def protocol_rows(cases: Sequence[CaseMeasures]) -> Rows:
    """Return one row a protocol; none if no case names its protocol."""
    names = sorted({case.protocol for case in cases})
    rows: Rows = []
    for name in names if names != [""] else []:
        rows.append({"protocol": name or "(none)", **_subgroup([case for case in cases if case.protocol == name])})
    return rows


def stratum_rows(found: Sequence[Stratum]) -> Rows:
    """Return one row for each class of cases by how they were acquired."""
    return [{"property": one.property, "class": one.label, **_subgroup(one.cases),
             "weighted_kappa": category_kappa(*_volumes(one.cases))} for one in found]


def _subgroup(chosen: Sequence[CaseMeasures]) -> dict[str, object]:
    truth = [case.overlap.truth_mm3 for case in chosen]
    found = {m.name: m.estimate for m in overlap_metrics(chosen)}
    found |= {m.name: m.estimate for m in volume_metrics("", *_volumes(chosen))}
    return {"n": len(chosen), "mean_true_mm3": sum(truth) / len(truth),
            **{column: found[metric] for column, metric in _PROTOCOL_COLUMNS.items()}}


def cutoff_rows(cases: Sequence[CaseMeasures]) -> Rows:
    """Return one row for each cut-off of volume."""
    return [{"above_mm3": one.cutoff_mm3, "true_scans": one.above_second, "predicted_scans": one.above_first,
             "both": one.above_both, "sensitivity": one.sensitivity, "specificity": one.specificity,
             "same": one.agreement, "kappa": one.kappa} for one in at_cutoffs(*_volumes(cases))]


def category_rows(cases: Sequence[CaseMeasures]) -> Rows:
    """Return how many scans of each true category were predicted into which."""
    predicted, truth = (categories_of(volumes) for volumes in _volumes(cases))
    found = confusion(predicted, truth, len(CATEGORIES))
    return [{"true": name, **{f"predicted {other}": int(n) for other, n in zip(CATEGORIES, line, strict=True)}}
            for name, line in zip(CATEGORIES, found, strict=True)]


def run_rows(found: RunDifference) -> Rows:
    """Return the difference of predicted volumes between two runs in one row."""
    return [{"n": len(found.cases), "mean_this_mm3": found.mean_this, "mean_other_mm3": found.mean_other,
             "difference_mm3": found.limits.bias, "lower_limit_mm3": found.limits.lower,
             "upper_limit_mm3": found.limits.upper, "largest_mm3": found.largest, "largest_in": found.largest_in,
             "same_volume": found.same}]


def run_case_rows(found: RunDifference) -> Rows:
    """Return the predicted volume of each case in two runs."""
    return [{"case": case, "this_mm3": this, "other_mm3": other, "difference_mm3": this - other}
            for case, this, other in found.cases]


_PROTOCOL_COLUMNS = {"dice_mean": "Dice, mean", "dice_pooled": "Dice, pooled (absolute)",
                     "sensitivity": "Sensitivity, pooled", "ppv": "PPV, pooled",
                     "icc_2_1": "ICC(2,1) absolute agreement, volume", "bias_mm3": "Bias (predicted - true)",
                     "lower_limit_mm3": "Lower limit of agreement", "upper_limit_mm3": "Upper limit of agreement"}


def paired_rows(tests: Sequence[PairedTest]) -> Rows:
    """Return the tests against another run."""
    return [{"quantity": c.name, "n": c.n, "this_run": c.this, "other_run": c.other, "difference": c.difference,
             "better_if": "higher" if c.higher_is_better else "lower", "t_test_p": c.t_test_p,
             "wilcoxon_p": c.wilcoxon_p} for c in tests]


def reliability_rows(calibration: Calibration) -> Rows:
    """Return the reliability diagrams, one row an interval of probability that has voxels."""
    return [{"recalibration": v.name, "mean_probability": p, "icac_share": share, "voxels": int(count)}
            for v in calibration.variants
            for p, share, count in zip(v.reliability.mean_probability, v.reliability.icac_share, v.reliability.voxels,
                                       strict=True) if count]


def roc_rows(curves: Sequence[RocCurve]) -> Rows:
    """Return the points of the ROC curves."""
    return [{"level": c.level, "false_positive_rate": float(x), "true_positive_rate": float(y)}
            for c in curves for x, y in zip(c.false_positive_rate, c.true_positive_rate, strict=True)]


def _volumes(cases: Sequence[CaseMeasures]) -> tuple:
    import numpy as np

    return tuple(np.array([getattr(case.overlap, name) for case in cases]) for name in ("predicted_mm3", "truth_mm3"))


def _csv_cells(column: str, cell: object) -> list[tuple[str, object]]:
    if isinstance(cell, Estimate):
        return [(column, _plain(cell.value)), (f"{column}_ci_low", _plain(cell.low)),
                (f"{column}_ci_high", _plain(cell.high))]
    return [(column, _plain(cell))]


def _plain(value: object) -> object:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return float(f"{value:.8g}") if isinstance(value, float) else value


def _words(cell: object) -> str:
    if isinstance(cell, Estimate):
        interval = "" if math.isnan(cell.low) else f" ({_words(cell.low)} to {_words(cell.high)})"
        return _words(cell.value) + interval
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return "–"
    if isinstance(cell, float):
        size = abs(cell)
        return f"{cell:.1f}" if size >= 10 else f"{cell:.3f}" if size >= 0.001 or cell == 0 else f"{cell:.1e}"
    return str(cell)
