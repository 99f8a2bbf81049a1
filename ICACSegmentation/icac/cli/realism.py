"""``icac realism``: simulated beside real skull bases, in pictures and numbers."""

from __future__ import annotations

import argparse

from icac.cli.options import add_progress, seed


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "realism", help="compare simulated with real skull bases",
        description="For each real head CT, simulate patients scanned alike (slices at the same places of the head, "
                    "as thick, sharp and noisy), draw them side by side, and compare CT numbers, bone, noise and "
                    "sharpness around the carotids. Pictures need pip install \"icac[evaluate]\".")
    parser.add_argument("real", nargs="+", metavar="REAL", help="DICOM folder, NIfTI, NRRD or MetaImage")
    parser.add_argument("-o", "--output", required=True, metavar="FOLDER", help="folder for tables and pictures")
    parser.add_argument("--cases", type=int, default=3, help="simulated patients for each real scan (default: 3)")
    parser.add_argument("--seed", type=seed, default=0, help="another seed, other patients (default: 0)")
    parser.add_argument("--labels", metavar="FILE", action="append", default=[],
                        help="ICAC of the real scans, one for each in the same order, such as icac.nii.gz of "
                             "'icac segment'; for its contact with bone")
    parser.add_argument("--no-figures", action="store_true", help="write tables only")
    add_progress(parser)


def run(options: argparse.Namespace) -> int:
    """Compare, write and print the tables."""
    from importlib.util import find_spec

    from icac.errors import IcacError, InputError
    from icac.progress import make_progress
    from icac.realism.compare import compare
    from icac.realism.save import save_comparisons
    from icac.realism.tables import markdown
    from icac.report import check_writable

    if options.labels and len(options.labels) != len(options.real):
        raise InputError(f"Give one --labels for each of the {len(options.real)} scans, not {len(options.labels)}.")
    if not options.no_figures and find_spec("matplotlib") is None:
        raise IcacError("Pictures need matplotlib: pip install \"icac[evaluate]\", or add --no-figures.")
    check_writable(options.output)
    progress = make_progress(options.progress)
    labels = options.labels or [None] * len(options.real)
    comparisons = [compare(path, options.cases, options.seed, label, progress)
                   for path, label in zip(options.real, labels, strict=True)]
    summary = save_comparisons(comparisons, options.output, not options.no_figures)
    if options.progress != "json":
        print(markdown(comparisons))
        print(f"Results in {summary.parent}; begin with {summary.name}")
    return 0
