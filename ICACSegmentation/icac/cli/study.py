"""``icac study``: experiments of several trainings."""

from __future__ import annotations

import argparse

from icac.cli.train import add_training_options, prepare_training
from icac.errors import INTERRUPTED_EXIT_CODE


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser("study", help="repeat published experiments on a cohort",
                                   description="Experiments of several trainings on one cohort.")
    studies = parser.add_subparsers(dest="study", required=True, metavar="STUDY")
    ablation = studies.add_parser(
        "ablation", help="the tables of Bortsova et al. 2017",
        description="Train the networks of tables 1 and 2 of Bortsova et al. 2017 on one cohort, each with the same "
                    "budget and the same patches, score them on its test split, and print them beside the published "
                    "numbers with paired tests. Stopped at any moment, the same command goes on where it was; finished "
                    "rows are kept. Needs: pip install \"icac[train,evaluate]\".")
    ablation.add_argument("--config", default="bortsova2017", metavar="CONFIG",
                          help="settings of every row: a preset or a JSON file (default: bortsova2017; its schedule is "
                               "in epochs, 'release' fits any length)")
    ablation.add_argument("-o", "--output", required=True, metavar="OUT", help="folder of the study")
    ablation.add_argument("--table", type=int, choices=(1, 2), help="only one of the tables (default: both)")
    ablation.add_argument("--no-figures", action="store_true", help="write tables only")
    add_training_options(ablation)


def run(options: argparse.Namespace) -> int:
    """Run the study, write its report and print it."""
    config, progress = prepare_training(options, scored=True)
    from icac.study.ablation import Ablation
    from icac.study.ablation_report import write_ablation
    from icac.study.ablation_rows import TABLES

    tables = [table for table in TABLES if options.table in (None, table.number)]
    study = Ablation.of(config, options.data, options.output, tables, options.device)
    results = study.run(progress)
    if results is None:
        print(f"Stopped; the same command goes on with the study in {options.output}.")
        return INTERRUPTED_EXIT_CODE
    summary = write_ablation(study, results, not options.no_figures)
    if options.progress != "json":
        print(summary.read_text(encoding="utf-8"))
        print(f"Results in {summary.parent}; begin with {summary.name}")
    return 0
