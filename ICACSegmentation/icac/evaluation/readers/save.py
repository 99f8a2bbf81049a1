"""The folder of an agreement of readers; it changes only once everything is made."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from icac import __version__
from icac.evaluation.readers.figure import draw_pairs
from icac.evaluation.readers.pairs import BOTH, Paired, pair_raters
from icac.evaluation.readers.readings import Rater, raters_of
from icac.evaluation.readers.tables import agreement_rows, case_rows, field_rows, lesion_rows
from icac.evaluation.results.tables import Rows, markdown, write_csv
from icac.evaluation.statistics.categories import DEFINITION
from icac.files.file_set import write_file_set
from icac.worklist import read_design
from icac.worklist.opening import listed_cases, worklist_folder
from icac.worklist.records.fields import all_fields

SUMMARY, FIGURE = "agreement.md", "bland_altman.png"

#: The tables by their names.
TABLES = ("agreement", "agreement_cases", "agreement_lesions", "agreement_fields")

#: Every name that is written.
WRITTEN = (*(f"{name}.csv" for name in TABLES), FIGURE, SUMMARY)

_WORDS = ("First and second stand for the two readers of each pair; differences are first minus second. ICC(2,1): "
          "two-way random effects, absolute agreement, single measurement. Limits of agreement: bias -+ 1.96 SD. A "
          "lesion is a 26-connected component; both marked it if they share a voxel of it. Dice of two empty masks is "
          "1. Brackets: 95 % intervals, by formula for ICC, bias and limits (McGraw and Wong 1996, Bland and Altman "
          "1999), else by drawing cases with replacement.")


@dataclass(frozen=True)
class ReaderAgreement:
    """What was found.

    Attributes
    ----------
    raters : tuple of Rater
    paired : Paired
    tables : dict of str to list of dict
        By the names in :data:`TABLES`.

    """

    raters: tuple[Rater, ...]
    paired: Paired
    tables: dict[str, Rows]


def measure_agreement(source: str | Path, folder: str | Path | None = None, *, readers: Sequence[str] = (),
                      with_model: bool = False) -> ReaderAgreement:
    """Measure how the readers of a worklist agree on the cases that they are done with.

    Parameters
    ----------
    source : str or Path
        Folder or CSV file of the cases.
    folder : str or Path, optional
        Of the worklist, if not the usual one.
    readers : sequence of str
        Names; all readers if empty.
    with_model : bool
        Compare with the results of the model, too.

    Raises
    ------
    InputError
        There are no two readers who are done with a case, or a file cannot be read.

    """
    found, root = listed_cases(source, folder), worklist_folder(source, folder)
    raters = raters_of(root, found.cases, readers, with_model)
    paired = pair_raters(raters, found.cases)
    fields = all_fields((*found.fields, *read_design(root).fields))
    return ReaderAgreement(tuple(raters), paired, {
        "agreement": agreement_rows(paired), "agreement_cases": case_rows(paired),
        "agreement_lesions": lesion_rows(paired), "agreement_fields": field_rows(raters, fields)})


def save_agreement(agreement: ReaderAgreement, folder: str | Path, *, figures: bool = True) -> dict[str, Path]:
    """Write ``agreement.md``, to begin with, the tables as CSV and, if matplotlib is there, Bland-Altman plots.

    Raises
    ------
    OutputError
        The folder cannot be written.

    """
    return write_file_set(folder, lambda temporary: _write(agreement, temporary, figures), WRITTEN, SUMMARY)


def _write(agreement: ReaderAgreement, folder: Path, figures: bool) -> dict[str, Path]:
    written = {name: write_csv(rows, folder / f"{name}.csv") for name, rows in agreement.tables.items() if rows}
    if figures:
        with contextlib.suppress(ImportError):  # the tables say the same
            written["figure"] = draw_pairs(agreement.paired.cases, folder / FIGURE)
    summary = folder / SUMMARY
    summary.write_text(summary_of(agreement, "figure" in written), encoding="utf-8")
    return {**written, "summary": summary}


def summary_of(agreement: ReaderAgreement, with_figure: bool = False) -> str:
    """Return the agreement for reading, in Markdown."""
    lines = ["# Agreement of readers", "", *[f"- {_of_rater(one)}" for one in agreement.raters], "", _WORDS,
             f"{DEFINITION} icac {__version__}.", ""]
    lines += [f"Note: {note}" for note in agreement.paired.notes]
    for title, rows in _sections(agreement.tables["agreement"]):
        lines += [f"## {title}", "", markdown(rows), ""]
    if agreement.tables["agreement_fields"]:
        lines += ["## Case fields", "", markdown(agreement.tables["agreement_fields"]), ""]
    lines += [f"![Differences over means]({FIGURE})", ""] if with_figure else []
    return "\n".join(lines)


def _of_rater(rater: Rater) -> str:
    blind = sum(case in rater.blind for case in rater.masks)
    blinded = f", {blind} of them blind to the model" if blind else ""
    return f"{rater.name}: {len(rater.masks)} cases{blinded}"


def _sections(rows: Rows) -> list[tuple[str, Rows]]:
    """Return one table a pair: a row a measure, a column a side."""
    sections = []
    for first, second in dict.fromkeys((row["first"], row["second"]) for row in rows):
        chosen = [row for row in rows if (row["first"], row["second"]) == (first, second)]
        sides = list(dict.fromkeys(row["side"] for row in chosen))
        measures = list(dict.fromkeys((row["measure"], row["unit"]) for row in chosen))
        values = {(row["measure"], row["side"]): row["value"] for row in chosen}
        table: Rows = [{"measure": name, "unit": unit, **{str(side): values.get((name, side)) for side in sides}}
                       for name, unit in measures]
        cases = next(row["cases"] for row in chosen if row["side"] == BOTH)
        sections.append((f"{first} and {second}, {cases} cases" if second else f"{first}, {cases} cases", table))
    return sections
