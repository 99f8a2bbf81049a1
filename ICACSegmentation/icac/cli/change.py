"""``icac change``: two scans of one person, lesion by lesion."""

from __future__ import annotations

import argparse
from datetime import date

from icac.cli.options import add_assumption, add_progress, add_settings, settings_of


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "change", help="compare two scans of one person",
        description="Compare two scans of one person: align the heads, match the lesions by place, and tell which "
                    "are new, grown, stable, shrunk, gone, merged or split, with the limits within which a change is "
                    "noise. "
                    "A and B are scans, which are segmented first, or folders of results of 'icac segment' (or a "
                    "report in one). The earlier scan is the first where both dates are known, otherwise A is.")
    for name in "AB":
        parser.add_argument(name.lower(), metavar=name, help="scan, or folder of results of 'icac segment'")
    parser.add_argument("-o", "--output", required=True, metavar="FOLDER", help="folder for the results")
    parser.add_argument("--same-person", action="store_true",
                        help="they are of one person although the Patient IDs of their headers differ")
    for name in "ab":
        parser.add_argument(f"--ct-{name}", metavar="SCAN", help=f"the scan of result {name.upper()}, where it is not "
                            "where its report says")
        parser.add_argument(f"--date-{name}", type=_day, metavar="YYYY-MM-DD",
                            help=f"day of scan {name.upper()} (default: as its header says)")
        parser.add_argument(f"--series-{name}", metavar="SERIES",
                            help=f"which series of {name.upper()}, if it is a DICOM folder of several")
    parser.add_argument("--hide-names", action="store_true",
                        help="leave names of files and folders, which can carry a patient's name, out of the results")
    add_assumption(parser)
    add_settings(parser)
    add_progress(parser)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"'{text}' is no day; write it as 2024-01-31") from error


def run(options: argparse.Namespace) -> int:
    """Measure what has to be measured, compare, write and print."""
    from icac.change import measure_change
    from icac.change.output import WRITTEN, change_text, write_change
    from icac.change.read import Given, measured, without_names
    from icac.progress import Part, make_progress
    from icac.report import check_writable

    settings, progress = settings_of(options), make_progress(options.progress)
    both = [Given(getattr(options, name), name.upper(), getattr(options, f"ct_{name}"),
                  getattr(options, f"date_{name}"), getattr(options, f"series_{name}")) for name in "ab"]
    check_writable(options.output, (path for one in both for path in (one.path, one.ct)), WRITTEN)
    scans = [measured(one, settings, Part(progress, 0.45 * number, 0.45 * (number + 1), f"{one.name}: "))
             for number, one in enumerate(both)]
    scans = [without_names(scan) for scan in scans] if options.hide_names else scans
    progress.update("Align", 0.9)
    change = measure_change(*scans, same_person=options.same_person)
    progress.update("Write", 0.97)
    files = write_change(options.output, change)
    progress.update("Done", 1.0, f"{change.total.change_mm3:+.1f} mm3")
    if options.progress != "json":
        print(change_text(change))
        print(f"\nResults in {options.output}: {', '.join(path.name for path in files.values())}")
    return 0
