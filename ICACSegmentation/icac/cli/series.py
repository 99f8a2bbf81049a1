"""``icac series``: what a DICOM folder holds."""

from __future__ import annotations

import argparse


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser("series", help="list the series of a DICOM folder")
    parser.add_argument("folder", metavar="FOLDER")


def run(options: argparse.Namespace) -> int:
    """List the series."""
    from icac.ct import list_series
    from icac.text import one_line

    for series in list_series(options.folder):
        print(one_line(str(series)))
    return 0
