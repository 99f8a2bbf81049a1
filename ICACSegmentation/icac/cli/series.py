"""``icac series``: what a DICOM folder holds, which series would be measured, and why."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from icac.cli.options import add_series

if TYPE_CHECKING:
    from icac.ct.series.choose import Choice


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "series", help="list the series of a DICOM folder in order of preference",
        description="List the series of a DICOM folder, the one that 'icac segment' would measure first, each with the "
                    "reason why it is chosen, comes after it, or is left out.")
    parser.add_argument("folder", metavar="FOLDER")
    add_series(parser)


def run(options: argparse.Namespace) -> int:
    """List the series."""
    from icac.ct import rank_series

    choices = rank_series(options.folder, options.series or None, options.prefer)
    for number, choice in enumerate(choices, 1):
        if len(choices) > 1:
            print(f"Examination {number} of {len(choices)} (study {choice.ranked[0].series.study}):")
        print("\n".join(lines(choice)))
    return 0


def lines(choice: Choice) -> list[str]:
    """Return a line for each series of an examination."""
    from icac.text import one_line

    rows = [f"{one.status}: {one.series.listed}: {one.why}" for one in choice.ranked]
    nothing = [] if choice.chosen else [choice.statement]
    return [one_line(text) for text in (*rows, *nothing, *choice.notes)]
