"""``icac evaluate``: tables and figures of how good predictions are."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from icac.cli.options import add_assumption, add_progress

if TYPE_CHECKING:
    from icac.evaluation import CaseInput


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "evaluate", help="compare predictions with the truth, and with another run",
        description="Compare predicted with true ICAC of many scans and write tables (CSV, Markdown) and figures. "
                    "Files of the two folders are matched by their names; <case>/icac.nii.gz, as 'icac segment' writes "
                    "it, is found too. Alternatively give a CSV table with the columns case, pred, truth and, if at "
                    "hand, probability, ct, report, split, protocol. Needs pip install \"icac[evaluate]\".")
    parser.add_argument("--pred", metavar="FOLDER", help="predicted labelmaps (NIfTI, NRRD, .seg.nrrd)")
    parser.add_argument("--truth", metavar="FOLDER", help="true labelmaps, on the voxels of the predictions")
    parser.add_argument("--probability", metavar="FOLDER", help="probability maps, for calibration")
    parser.add_argument("--ct", metavar="FOLDER", help="scans, for densities, bone contact and example pictures")
    parser.add_argument("--cases", metavar="CSV", help="table of cases, instead of the folders")
    parser.add_argument("-o", "--output", required=True, metavar="FOLDER", help="folder for tables and figures")
    parser.add_argument("--against", metavar="FOLDER",
                        help="output folder of an earlier evaluation of the same cases, for paired tests")
    parser.add_argument("--min-overlap", type=float, default=0.0, metavar="SHARE",
                        help="share of a lesion (0 to 1) that must be covered for it to be found (default: any voxel)")
    add_assumption(parser)
    parser.add_argument("--no-figures", action="store_true", help="write tables only")
    add_progress(parser)


def run(options: argparse.Namespace) -> int:
    """Evaluate, write and print the main numbers."""
    from icac.errors import InputError
    from icac.evaluation import cases_of_folders, cases_of_table, evaluate
    from icac.evaluation.results.save import WRITTEN
    from icac.progress import make_progress
    from icac.report import check_writable

    folders = (options.pred, options.truth, options.probability, options.ct)
    if options.cases and any(folders):
        raise InputError("Give either --cases or folders, not both.")
    if not options.cases and not (options.pred and options.truth):
        raise InputError("Give --pred and --truth, or a table of cases with --cases.")
    cases = cases_of_table(options.cases) if options.cases else cases_of_folders(*folders)
    check_writable(options.output, [options.cases, *_tables_beside(cases)], WRITTEN)
    evaluation = evaluate(cases, min_overlap=options.min_overlap, assume=options.assume,
                          progress=make_progress(options.progress))
    files = evaluation.save(options.output, options.against, figures=not options.no_figures)
    if options.progress != "json":
        _print_main(files["metrics"])
        for note in evaluation.notes:
            print(f"Note: {note}")
        print(f"\nResults in {files['summary'].parent}; begin with {files['summary'].name}")
    return 0


def _tables_beside(cases: list[CaseInput]) -> list[Path]:
    """Return the tables of 'icac segment' beside the predictions: they belong to them and stay."""
    from icac.result_files import USUAL_NAMES

    name = USUAL_NAMES.usual("lesions")
    return [case.predicted.with_name(name) for case in cases if isinstance(case.predicted, Path)]


#: Metrics that are printed when the command is done.
_MAIN = ("Dice, mean", "Dice, pooled (absolute)", "Sensitivity, pooled", "PPV, pooled", "False lesions per scan",
         "ICC(2,1) absolute agreement, volume", "Bias (predicted - true)")


def _print_main(table: Path) -> None:
    from icac.files import read_csv

    for row in read_csv(table).rows:
        if row["metric"] in _MAIN:
            interval = f"  ({row['value_ci_low']} to {row['value_ci_high']})" if row["value_ci_low"] else ""
            print(f"{row['metric']:<38} {row['value'] or 'undefined'} {row['unit']}{interval}")
