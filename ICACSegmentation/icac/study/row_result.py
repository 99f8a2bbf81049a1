"""What one trained and scored network of a study came to."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from icac.evaluation import Evaluation
from icac.evaluation.results.metrics import list_metrics
from icac.evaluation.statistics.quarters import quarters
from icac.evaluation.statistics.two_runs import PairedTest
from icac.geometry import three
from icac.models import ModelPackage
from icac.study.ablation_rows import AblationRow, AblationTable
from icac.training.engine.checkpoint import load_checkpoint

#: Value, and ends of its 95% confidence interval.
Interval = tuple[float, float, float]

_METRICS = {"pooled_dice": "Dice, pooled (absolute)", "mean_dice": "Dice, mean", "sensitivity": "Sensitivity, pooled",
            "ppv": "PPV, pooled", "false_lesions": "False lesions per scan", "mean_dice_icac": "Dice, mean, with ICAC",
            "icc": "ICC(2,1) absolute agreement, volume", "bias_percent": "Bias, per cent of mean true volume"}


@dataclass(frozen=True)
class RowResult:
    """One network on the test split, or cross-validated.

    Attributes
    ----------
    pooled_dice, mean_dice, mean_dice_icac, sensitivity, ppv, icc, false_lesions, bias_percent : tuple of float
        With 95% confidence intervals; ``mean_dice_icac`` leaves out scans without ICAC.
    sd : float
        Of Dice of a scan.
    quarters, quarters_icac : tuple of float
        Mean Dice by quarter of true volume, of all scans and of those with ICAC.
    cases : int
        Scans of the test split.
    steps, best_step : float
        Of the training, and of the weights that were kept.
    minutes : float
        Time spent training.
    threshold, temperature : float
    validation_loss : float
        Cross-entropy of the kept weights over dense voxels of the validation split.
    test_mean_dice, test_pooled_dice : float
        Of a cross-validated row, whose other figures are of the folds (:mod:`icac.study.folded_runs`).

    """

    pooled_dice: Interval
    mean_dice: Interval
    mean_dice_icac: Interval
    sensitivity: Interval
    ppv: Interval
    icc: Interval
    false_lesions: Interval
    bias_percent: Interval
    sd: float
    quarters: tuple[float, ...]
    quarters_icac: tuple[float, ...]
    cases: int
    steps: float
    best_step: float
    minutes: float
    threshold: float
    temperature: float
    validation_loss: float
    test_mean_dice: float = math.nan
    test_pooled_dice: float = math.nan

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that :meth:`from_dict` takes back, even after JSON made lists of them.

        What is not defined (NaN) is None, since JSON has no word for it.
        """
        return {name: _defined(value) for name, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> RowResult:
        """Make a result of the values of :meth:`to_dict`."""
        return cls(**{name: _with_nan(value) for name, value in values.items()})


def _defined(value: Any) -> Any:
    """Return a number, or a list of numbers, with None for NaN."""
    if isinstance(value, (tuple, list)):
        return [_defined(one) for one in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def _with_nan(value: Any) -> Any:
    """Undo :func:`_defined`; a list becomes a tuple."""
    if isinstance(value, list):
        return tuple(_with_nan(one) for one in value)
    return math.nan if value is None else value


def summarize(evaluation: Evaluation, package: ModelPackage, run: Path) -> RowResult:
    """Collect the results of a row from its evaluation, its model and the folder of its training."""
    found = {metric.name: three(map(float, metric.estimate)) for metric in list_metrics(evaluation, ())}
    state = load_checkpoint(run / "last.pt")["state"]
    training = package.spec.metrics
    nonempty = [case for case in evaluation.cases if case.overlap.truth_mm3 > 0]
    figures: dict[str, Any] = {name: found[metric] for name, metric in _METRICS.items()}
    return RowResult(
        **figures, sd=found["Dice, SD"][0],
        quarters=tuple(q.dice.value for q in quarters(evaluation.cases)),
        quarters_icac=tuple(q.dice.value for q in quarters(nonempty)), cases=len(evaluation.cases),
        steps=state["step"], best_step=training["training"]["step"], minutes=state["seconds"] / 60,
        threshold=package.spec.threshold, temperature=package.spec.temperature,
        validation_loss=training["validation"]["loss"])


@dataclass(frozen=True)
class ScoredRow:
    """One row of a table with what it is tested against."""

    row: AblationRow
    result: RowResult
    reference: AblationRow | None
    dice: PairedTest | None


#: Tables with their rows.
Scored = list[tuple[AblationTable, list[ScoredRow]]]
