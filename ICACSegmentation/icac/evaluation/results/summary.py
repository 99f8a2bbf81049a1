"""``summary.md``: all tables of an evaluation for reading, with their definitions."""

from __future__ import annotations

from collections.abc import Sequence

from icac import __version__
from icac.compare import matching, overlap
from icac.evaluation.results.tables import Rows, markdown
from icac.evaluation.statistics import calibration, categories, quarters, roc, strata
from icac.evaluation.statistics.evaluated_cases import EvaluatedCases
from icac.evaluation.statistics.literature import CAUTION, PUBLISHED

_INTERVALS = ("Brackets: 95% confidence intervals; of intraclass correlations, bias and limits of agreement by their "
              "formulas (McGraw and Wong 1996, Bland and Altman 1999), of lesion classes after Wilson, of all else by "
              "drawing cases with replacement. Voxels are pooled by their volume. A dash: undefined.")

_AGREEMENT = ("An intraclass correlation of skewed volumes is high even for biased measurements: read it together "
              "with bias, limits of agreement and Dice by quarter. Surface distances are of scans in which both "
              "masks have voxels.")


def write_summary(evaluation: EvaluatedCases, tables: dict[str, Rows], figures: Sequence[str]) -> str:
    """Return the text.

    Parameters
    ----------
    evaluation : EvaluatedCases
    tables : dict
        As of :func:`icac.evaluation.results.save.all_tables`.
    figures : sequence of str
        Names of picture files to show, relative to the text.

    """
    lines = ["# Evaluation of ICAC segmentations", "", *_head(evaluation), ""]
    groups: dict[str, Rows] = {}
    for row in tables["metrics"]:
        groups.setdefault(str(row["group"]), []).append({k: v for k, v in row.items() if k != "group"})
    definitions = {"Overlap": overlap.CONVENTION, "Lesions": matching.DEFINITION, "Volume": _AGREEMENT,
                   "ROC": roc.DEFINITION, "Calibration, as predicted": calibration.DEFINITION}
    for group, rows in groups.items():
        lines += [f"## {group}", "", *([definitions[group], ""] if group in definitions else []), markdown(rows), ""]
    sections = (("quarters", "Dice by quarter of true volume", quarters.DEFINITION),
                ("lesion_classes", "Which lesions are found", matching.DEFINITION),
                ("protocols", "By protocol", ""),
                ("acquisition", "By acquisition", strata.DEFINITION),
                ("cutoffs", "At the cut-offs of volume", categories.DEFINITION),
                ("categories", "Categories of volume in mm3: true in rows, predicted in columns", ""),
                ("comparison", "Against the other run", "Two-sided paired t-test and Wilcoxon signed-rank test."),
                ("between_runs", "Difference in volume between the two runs",
                 "This run minus the other one, with limits of agreement (bias -+ 1.96 SD)."))
    for name, title, words in sections:
        if tables.get(name):
            lines += [f"## {title}", "", *([words, ""] if words else []), markdown(tables[name]), ""]
    lines += ["## Published results", "", CAUTION, "", markdown(_published()), ""]
    for name in figures:
        lines += [f"![{name}]({name})", ""]
    return "\n".join(lines)


def _head(evaluation: EvaluatedCases) -> list[str]:
    cases = evaluation.cases
    empty = sum(case.overlap.truth_mm3 == 0 for case in cases)
    share = f"at least {evaluation.min_overlap:.0%}" if evaluation.min_overlap else "any voxel"
    sides: dict[str, int] = {}
    for case in cases:
        sides[case.sides_by] = sides.get(case.sides_by, 0) + 1
    lines = [f"{len(cases)} scans, {empty} of them without true ICAC. A lesion is found if {share} of it is covered.",
             f"Arteries were told apart by: {', '.join(f'{how} ({n})' for how, n in sides.items())}."]
    if evaluation.calibration:
        lines.append(f"Recalibration was fitted on {evaluation.calibration.fitted_on}.")
    lines += [f"Note: {note}" for note in evaluation.notes]
    return [*lines, f"icac {__version__}.", "", _INTERVALS]


def _published() -> Rows:
    return [{"publication": p.name, "Dice, mean": p.mean_dice, "Dice, pooled": p.pooled_dice,
             "by quarter": " / ".join(f"{v:.3f}" for v in p.quarters) if p.quarters else None,
             "sensitivity": p.sensitivity, "PPV": p.ppv, "ICC of volume": p.icc, "source": p.source}
            for p in PUBLISHED]
