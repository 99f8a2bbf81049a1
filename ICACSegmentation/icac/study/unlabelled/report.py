"""The report of a study of cases without a label."""

from __future__ import annotations

from pathlib import Path

from icac import __version__
from icac.compare.overlap import CONVENTION
from icac.evaluation.results.tables import Rows, markdown, write_csv
from icac.splits import TRAIN
from icac.study.methods.report import TESTS, Results, figure_rows
from icac.study.report_page import bullets, length_of, simulated_notice, write_page
from icac.study.unlabelled.study import ALL, LABELLED, PSEUDO, TEACHER, UnlabelledStudy

SUMMARY, TABLE = "unlabelled.md", "unlabelled.csv"

_WORDS = {LABELLED: "only the cases with a mask", TEACHER: "these, and the others by a mean teacher",
          PSEUDO: "these, and the others as the first network, calibrated, is sure of them",
          ALL: "all cases with their masks"}


def rows_of(study: UnlabelledStudy, results: Results) -> Rows:
    """Return the table of figures, with how many cases each row learnt from."""
    return [{"method": row["method"], "with_mask": count - without, "without_mask": without, **row}
            for row in figure_rows(study.runs, results) for count, without in [_counts(study, str(row["method"]))]]


def write_unlabelled(study: UnlabelledStudy, results: Results) -> Path:
    """Write ``unlabelled.md`` and ``unlabelled.csv``; return the first.

    Raises
    ------
    InputError
        If an evaluation is damaged.
    OutputError
        If the folder cannot be written.

    """
    rows = rows_of(study, results)
    write_csv(rows, study.runs.folder / TABLE)
    words = [f"`{key}`: {_WORDS[key]}" for key in study.keys]
    return write_page(study.runs.folder / SUMMARY, "# Cases without a mask", simulated_notice(study.runs.manifest),
                      bullets(words), _budget(study), CONVENTION, TESTS, markdown(rows))


def _counts(study: UnlabelledStudy, key: str) -> tuple[int, int]:
    """Return of how many training cases a row learns, and how many of them have no mask."""
    manifest = study.manifest(TEACHER if key == PSEUDO else key)
    return len(manifest.of_split(TRAIN)), len(manifest.unlabelled)


def _budget(study: UnlabelledStudy) -> str:
    config = study.row_config(LABELLED)
    steps = f" of {config.steps_per_epoch} steps" if config.epochs else ""
    return (f"Every row: settings '{study.config.name}', {length_of(config)}{steps}, however many cases it learns from "
            f"(seed {config.seed}). icac {__version__}.")
