"""``icac simulate``: patients with exactly known ICAC, as scans, as a training set, or as a table of their burden."""

from __future__ import annotations

import argparse
from pathlib import Path

from icac.choices import MIXED, MIXES, PROTOCOLS, SCAN_FORMATS, TRAINING_SET
from icac.cli.options import add_progress, seed


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "simulate", help="simulate patients with exactly known ICAC",
        description="Simulate N patients and their head CT with exact truth. A run that was stopped goes on where it "
                    "was; the same seed gives the same patients, whatever the number of workers.")
    parser.add_argument("n", metavar="N", type=int, help="number of patients")
    parser.add_argument("-o", "--output", metavar="FOLDER", help="folder for the cases and their table, cohort.csv")
    parser.add_argument("--seed", type=seed, default=0, help="another seed, other patients (default: 0)")
    parser.add_argument("--protocol", choices=(*PROTOCOLS, MIXED),
                        help="population and scanner: 1 mm research scans of 120 mm (rotterdam), thin whole heads "
                             "(stroke), thick, tilted or uneven slices (routine), or all (mixed, the default)")
    parser.add_argument("--format", default="nifti", choices=(*SCAN_FORMATS, TRAINING_SET),
                        help="what is written: NIfTI (NRRD where the gantry is tilted), DICOM series, or .npz cases "
                             "on the network's grid and a manifest for 'icac train' (always of all protocols)")
    parser.add_argument("--background", metavar="SCAN", action="append", default=[],
                        help="implant calcifications into this real head CT without ICAC (may be repeated)")
    parser.add_argument("--cases-per-head", metavar="COUNT", type=int,
                        help="with --format training: cases made from one head, bent and scanned anew (default: 3)")
    parser.add_argument("--with-scan", action="store_true",
                        help="with --format training: keep the scan around the carotids in each case, to judge models "
                             "on its voxels")
    parser.add_argument("--mix", choices=MIXES,
                        help="with --format training: patients as they come (usual, the default); these with "
                             "a tenth of them young, in scans of all kernels and doses (archive); for training only: "
                             "more with much ICAC and with thick slices (hard), yet more and noise in dense blood "
                             "(hardest), or also the young, all kernels and doses and metal (varied), or of these the "
                             "young alone (young), mostly thick slices (thick), and in them very much ICAC (heavy); "
                             "or for a study the one cohort and scanner of the paper (rotterdam)")
    parser.add_argument("--observers", type=int, default=0, metavar="COUNT",
                        help="what so many simulated observers draw (up to 8), who differ at the border of what can be "
                             "seen: masks of each and their mean beside the truth; with --format training, the label "
                             "is what the first drew, and the truth is kept apart (default: none)")
    parser.add_argument("--workers", type=int, default=1, help="processes, about 2 GB of memory each (default: 1)")
    parser.add_argument("--describe", action="store_true",
                        help="only draw the calcifications of N patients, and print how they compare with published "
                             "figures; with -o also as cohort_statistics.csv and .md")
    add_progress(parser)


def run(options: argparse.Namespace) -> int:
    """Simulate."""
    from icac.errors import InputError

    no_training_set = options.describe or options.format != TRAINING_SET
    if no_training_set and options.cases_per_head is not None:
        raise InputError("--cases-per-head belongs to --format training; other patients have a head of their own.")
    if no_training_set and options.with_scan:
        raise InputError("--with-scan belongs to --format training; other formats are scans anyway.")
    if no_training_set and options.mix:
        raise InputError("--mix belongs to --format training; cohorts are patients as they come.")
    if options.describe and options.observers:
        raise InputError("--observers draw scans, and --describe makes none; leave one of them out.")
    if options.describe:
        return _describe(options)
    if not options.output:
        raise InputError("Give a folder for the cases with -o.")
    table = _write_training_set(options) if options.format == TRAINING_SET else _write_cohort(options)
    if options.progress != "json":
        print(f"Wrote {options.n} cases; their table is {table}")
    return 0


def _write_cohort(options: argparse.Namespace) -> Path:
    from icac.progress import make_progress
    from icac.simulate.sets.cohort import Plan, write_cohort

    plan = Plan(options.seed, options.protocol or MIXED, options.format, tuple(options.background), options.observers)
    return write_cohort(options.output, options.n, plan, options.workers, make_progress(options.progress))


def _write_training_set(options: argparse.Namespace) -> Path:
    from icac.errors import InputError
    from icac.progress import make_progress
    from icac.simulate.sets.dataset import CASES_PER_HEAD, write_training_set

    if options.protocol not in (None, MIXED):
        raise InputError("A training set always mixes all protocols; leave --protocol out.")
    return write_training_set(options.output, options.n, options.seed, options.workers, options.background,
                              make_progress(options.progress),
                              CASES_PER_HEAD if options.cases_per_head is None else options.cases_per_head,
                              options.with_scan, options.mix or "usual", options.observers)


def _describe(options: argparse.Namespace) -> int:
    from icac.progress import make_progress
    from icac.simulate.sets.cohort_statistics import describe_cohort, save_statistics, statistics_text

    rows = describe_cohort(options.n, options.seed, options.protocol or "rotterdam", make_progress(options.progress))
    print(statistics_text(rows))
    if options.output:
        save_statistics(rows, options.output)
    return 0
