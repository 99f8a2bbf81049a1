"""The report of an ablation: tables beside the published ones, and whether the order of the rows agrees."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

from icac import __version__
from icac.compare.overlap import CONVENTION
from icac.evaluation.results.tables import Rows, markdown, write_csv
from icac.evaluation.statistics.agreement import Estimate
from icac.evaluation.statistics.quarters import DEFINITION
from icac.splits import TRAIN
from icac.study.ablation import Ablation
from icac.study.ablation_rows import AblationTable
from icac.study.folded_runs import words_of
from icac.study.order import OrderAgreement, compare_orders
from icac.study.report_page import bullets, cases_statement, length_of, simulated_notice, write_page
from icac.study.row_result import RowResult, ScoredRow

SUMMARY = "ablation.md"

_PUBLISHED = (" The published numbers are of scans of patients; only the order of the rows can be compared with them, "
              "not their values.")

_TESTS = ("Tests: two-sided paired t-test (as in the paper) and Wilcoxon signed-rank test of Dice of each scan. "
          "Numbers of the paper: Bortsova et al. 2017, arXiv 1706.01148. Brackets: 95% confidence intervals by drawing "
          "scans with replacement.")


def scored_rows(study: Ablation, table: AblationTable, results: Mapping[str, RowResult]) -> list[ScoredRow]:
    """Pair the rows of a table with their results and tests; raises InputError if an evaluation was damaged."""
    scored = []
    for number, row in enumerate(table.rows):
        reference = table.reference_of(number)
        dice = study.runs.compared(row.key, reference.key) if reference else None
        scored.append(ScoredRow(row, results[row.key], reference, dice))
    return scored


def table_rows(rows: list[ScoredRow]) -> Rows:
    """Return the table for reading."""
    return [{
        "network": s.row.words,
        "absolute Dice": Estimate(*s.result.pooled_dice), "paper": s.row.published.pooled_dice,
        "mean Dice": Estimate(*s.result.mean_dice), "SD": s.result.sd,
        "paper ": _mean_sd(s.row.published.mean_dice, s.row.published.sd),
        **_on_test(s.result),
        "by quarter": _joined(s.result.quarters), "paper  ": _joined(s.row.published.quarters or ()),
        "tested against": s.reference.words if s.reference else None,
        "difference": s.dice.difference if s.dice else None, "t-test p": s.dice.t_test_p if s.dice else None,
        "Wilcoxon p": s.dice.wilcoxon_p if s.dice else None, "p in paper": s.row.published.p or None,
    } for s in rows]


def csv_rows(table: AblationTable, rows: list[ScoredRow]) -> Rows:
    """Return everything that is known of the rows, for further use."""
    made: Rows = []
    for s in rows:
        r, p = s.result, s.row.published
        made.append({
            "table": table.number, "network": s.row.words, "key": s.row.key, "scans": r.cases,
            "pooled_dice": Estimate(*r.pooled_dice), "mean_dice": Estimate(*r.mean_dice), "dice_sd": r.sd,
            **_on_test(r, "test_mean_dice", "drop_mean_dice"), "mean_dice_with_icac": Estimate(*r.mean_dice_icac),
            **_numbered("dice_quarter", r.quarters), **_numbered("dice_with_icac_quarter", r.quarters_icac),
            "sensitivity": Estimate(*r.sensitivity), "ppv": Estimate(*r.ppv), "icc_2_1": Estimate(*r.icc),
            "false_lesions_per_scan": Estimate(*r.false_lesions), "bias_percent": Estimate(*r.bias_percent),
            "tested_against": s.reference.key if s.reference else "",
            "difference": s.dice.difference if s.dice else Estimate(float("nan")),
            "t_test_p": s.dice.t_test_p if s.dice else None, "wilcoxon_p": s.dice.wilcoxon_p if s.dice else None,
            "paper_pooled_dice": p.pooled_dice, "paper_mean_dice": p.mean_dice, "paper_dice_sd": p.sd,
            **_numbered("paper_dice_quarter", p.quarters or (None,) * 4), "paper_p": p.p,
            "steps": r.steps, "best_step": r.best_step, "training_minutes": r.minutes, "threshold": r.threshold,
            "temperature": r.temperature, "validation_loss": r.validation_loss})
    return made


def _on_test(result: RowResult, name: str = "test", drop: str = "drop") -> dict[str, float]:
    """Return mean Dice on the test split of a cross-validated row, and how much less it is; nothing of another row."""
    if math.isnan(result.test_mean_dice):
        return {}
    return {name: result.test_mean_dice, drop: result.mean_dice[0] - result.test_mean_dice}


def order_text(rows: list[ScoredRow]) -> list[str]:
    """Return sentences on whether the order of the rows is that of the paper."""
    published = {"Mean Dice": [s.row.published.mean_dice for s in rows],
                 "Absolute Dice": [s.row.published.pooled_dice for s in rows]}
    ours = {"Mean Dice": [s.result.mean_dice[0] for s in rows],
            "Absolute Dice": [s.result.pooled_dice[0] for s in rows]}
    return [_order_sentence(name, compare_orders(ours[name], published[name]), rows) for name in ours] + [
        _steps_sentence(rows)]


def write_ablation(study: Ablation, results: Mapping[str, RowResult], figures: bool = True) -> Path:
    """Write ``ablation.md``, ``ablation.csv`` and ``ablation.png`` (and ``.pdf``); return the first.

    Raises
    ------
    InputError
        If an evaluation is damaged.
    OutputError
        If the folder cannot be written.

    """
    scored = [(table, scored_rows(study, table, results)) for table in study.tables]
    rows = [row for table, found in scored for row in csv_rows(table, found)]
    write_csv(rows, study.runs.folder / "ablation.csv")
    if figures:
        from icac.study.ablation_figure import save_figure

        save_figure(scored, study.runs.folder / "ablation")
    tables = [part for table, found in scored
              for part in (f"## {table.title}", markdown(table_rows(found)), bullets(order_text(found)))]
    return write_page(study.runs.folder / SUMMARY, "# Ablation of the network of Bortsova et al. 2017",
                      simulated_notice(study.runs.manifest, _PUBLISHED), words_of(study.runs),
                      _budget(study, scored[0][1]), CONVENTION, DEFINITION, _TESTS, *tables,
                      "![Mean Dice of the rows](ablation.png)" if figures else "")


def _budget(study: Ablation, rows: list[ScoredRow]) -> str:
    config, manifest = study.config, study.runs.manifest
    steps = config.steps_per_epoch or max(1, len(manifest.of_split(TRAIN)) // config.sampling.batch)
    done = ", ".join(f"{s.result.steps / steps:.1f}" for s in rows)
    size = " x ".join(map(str, config.sampling.output_size))
    return (f"{cases_statement(manifest)} Every row: settings '{config.name}', base width "
            f"{config.network.get('width', 8)}, patches that predict {size} voxels, {length_of(config)}, the same "
            f"patches in the same order (seed {config.seed}); epochs done by the rows of the first table: {done}. "
            f"icac {__version__}.")


def _order_sentence(name: str, order: OrderAgreement, rows: list[ScoredRow]) -> str:
    ours = " < ".join(rows[i].row.words for i in order.ours)
    if order.agrees:
        return f"{name}: the order of the rows agrees with the paper ({ours})."
    paper = " < ".join(rows[i].row.words for i in order.published)
    return (f"{name}: the order of the rows does not agree with the paper: here {ours}; there {paper}. "
            f"{order.same_pairs} of {order.pairs} pairs lie the same way round (Kendall's tau {order.tau:.2f}).")


def _steps_sentence(rows: list[ScoredRow]) -> str:
    tested = [(s.row, s.reference, s.dice) for s in rows if s.reference and s.dice]
    published = {s.row.key: s.row.published.mean_dice for s in rows}
    same = [dice for row, reference, dice in tested
            if dice.difference.value * (published[row.key] - published[reference.key]) > 0]
    clear = [dice for dice in same if dice.wilcoxon_p < 0.05]
    return (f"{len(same)} of {len(tested)} tested differences of mean Dice have the sign of the paper's, {len(clear)} "
            "of them with p < 0.05 (Wilcoxon).")


def _mean_sd(mean: float, sd: float | None) -> str:
    return f"{mean:.3f}" + (f" ± {sd:.3f}" if sd else "")


def _joined(values: tuple[float, ...]) -> str | None:
    return " / ".join(f"{v:.3f}" for v in values) or None


def _numbered(name: str, values: tuple[float | None, ...]) -> dict[str, float | None]:
    return {f"{name}_{number}": value for number, value in enumerate(values, start=1)}
