"""The report of a study of methods: one table of figures, and one of volume and calibration."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from icac import __version__
from icac.compare.overlap import CONVENTION
from icac.evaluation.results.tables import Rows, markdown, write_csv
from icac.evaluation.statistics.agreement import Estimate
from icac.evaluation.statistics.calibration import DEFINITION
from icac.evaluation.statistics.two_runs import PairedTest
from icac.study.folded_runs import ON_TEST, words_of
from icac.study.methods.result import FIGURES
from icac.study.methods.study import MethodStudy
from icac.study.methods.uncertain import DEFINITION as OF_UNCERTAIN
from icac.study.report_page import cases_statement, length_of, simulated_notice, write_page
from icac.study.row_runs import RowRuns

SUMMARY, TABLE, CALIBRATION, UNCERTAIN = ("methods.md", "methods.csv", "methods_calibration.csv",
                                          "methods_uncertain.csv")

#: Results by key of the method.
Results = Mapping[str, Mapping[str, Any]]

TESTS = ("Tests: Dice of each scan against that of the first row, two-sided paired t-test and Wilcoxon signed-rank "
          "test. Brackets: 95% confidence intervals by drawing scans with replacement. 'Validation' is the pooled Dice "
          "on the cases by which weights, temperature and threshold were chosen; how much less there is on the test "
          "split tells what that choice is worth.")

COST = ("Cost: time to predict a case, registered beforehand, with PyTorch on the machine of the study; operations "
         "and memory of one pass over all that is analysed of a head, as planned from the layers.")

CALIBRATED = ("Volume is a share of the true volume of all scans: above the threshold, and as the sum of "
               "probabilities. 'none' is the bare network, 'temperature' as its package has it, fitted on the "
               "validation split; 'temperature and shift' is fitted on the other half of the test split, crosswise. "
               "ECE per image is the mean over scans.")


def figure_rows(runs: RowRuns, results: Results) -> Rows:
    """Return the table of figures of the rows of a study; raises InputError if an evaluation is damaged."""
    keys, rows = list(results), []
    for key in keys:
        found = results[key]
        dice = runs.compared(key, keys[0]) if key != keys[0] else None
        rows.append({"method": key, "scans": found["cases"],
                     **{name: Estimate(*(_number(value) for value in found[name])) for name in FIGURES},
                     "ece": _as_predicted(found, "ece_pooled"), "validation_dice": found["validation_dice"],
                     **_on_test(found),
                     **_tested(dice), "parameters": found["parameters"], "gmacs": found["gmacs"],
                     "memory_gb": found["memory_gb"], "seconds_per_case": found["seconds_per_case"],
                     "training_minutes": found["minutes"], "steps": found["steps"]})
    return rows


def calibration_rows(results: Results, voxels: str = "calibration") -> Rows:
    """Return the table of volume and calibration: a row for each method and recalibration.

    Of all voxels, or with ``uncertain`` of those on which observers differ.
    """
    return [{"method": key, "recalibration": row["recalibration"], "ece_pooled": row["ece_pooled"],
             "ece_image": row["ece_image"], "thresholded_over_true": row["thresholded_over_true"],
             "expected_over_true": row["expected_over_true"],
             **{f"{kind}_bias_mm3_quarter_{quarter['quarter']}": quarter[f"{kind}_bias_mm3"]
                for kind in ("thresholded", "expected") for quarter in row["quarters"]}}
            for key, found in results.items() for row in found.get(voxels, ())]


def write_methods(study: MethodStudy, results: Results, figures: bool = True) -> Path:
    """Write ``methods.md``, ``methods.csv``, ``methods_calibration.csv`` and pictures of the latter; return the first.

    Where observers of the test cases are known, ``methods_uncertain.csv`` is of the voxels on which they differ.

    Raises
    ------
    InputError
        If an evaluation is damaged.
    OutputError
        If the folder cannot be written.

    """
    home, uncertain = study.runs.folder, calibration_rows(results, "uncertain")
    rows, calibration = figure_rows(study.runs, results), calibration_rows(results)
    write_csv(rows, home / TABLE)
    write_csv(calibration, home / CALIBRATION)
    if uncertain:
        write_csv(uncertain, home / UNCERTAIN)
    members = f"The ensemble is the mean probability of {', '.join(study.chosen(results))}." if study.best else ""
    differing = ("## Where observers differ", OF_UNCERTAIN, markdown(uncertain)) if uncertain else ()
    return write_page(home / SUMMARY, "# Architectures and losses", simulated_notice(study.runs.manifest),
                      _budget(study), words_of(study.runs), CONVENTION, TESTS, COST, members, markdown(rows),
                      "## Volume and calibration", DEFINITION, CALIBRATED, markdown(calibration), *differing,
                      *(f"![{name}]({name})" for name in (_pictures(results, home) if figures else ())))


def _pictures(results: Results, folder: Path) -> list[str]:
    """Draw volume bias and reliability of the methods; return the names of the pictures for reading."""
    from icac.study.methods.figures import save_methods_figures

    return save_methods_figures(results, folder)


def _budget(study: MethodStudy) -> str:
    config = study.config
    return (f"{cases_statement(study.runs.manifest)} Every method: settings '{config.name}', {length_of(config)}, the "
            f"same patches in the same order (seed {config.seed}). icac {__version__}.")


def _tested(dice: PairedTest | None) -> dict[str, object]:
    return {"dice_difference": dice.difference if dice else Estimate(float("nan")),
            "t_test_p": dice.t_test_p if dice else None, "wilcoxon_p": dice.wilcoxon_p if dice else None}


def _on_test(found: Mapping[str, Any]) -> dict[str, float]:
    """Return Dice on the test split of a cross-validated row, and how much less it is; nothing of another row."""
    known = {name: _number(found[name]) for name in ON_TEST if name in found}
    return known | {name.replace("test", "drop"): _number(found[ON_TEST[name]][0]) - value
                    for name, value in known.items()}


def _as_predicted(found: Mapping[str, Any], name: str) -> float | None:
    return next((one[name] for one in found["calibration"] if one["recalibration"] == "temperature"), None)


def _number(value: float | None) -> float:
    return float("nan") if value is None else value
