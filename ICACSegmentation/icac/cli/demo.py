"""``icac demo``: make a simulated scan and segment it, to try everything without data."""

from __future__ import annotations

import argparse
from pathlib import Path

from icac.cli.options import seed
from icac.cli.segment import add_run_options, segment_and_save


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "demo", help="simulate a head CT and segment it",
        description="Simulate a head CT with known ICAC, write it to FOLDER/simulated_ct.nii.gz with its truth beside "
                    "it, segment it like any other scan, and compare.")
    parser.add_argument("--seed", type=seed, help="another seed gives another patient")
    parser.add_argument("--scan-only", action="store_true", help="write the scan and its truth, and do not segment it")
    add_run_options(parser)


def run(options: argparse.Namespace) -> int:
    """Simulate, segment, compare."""
    from icac.ct import write_volume
    from icac.progress import make_progress
    from icac.report import check_writable
    from icac.simulate.sets.demo import DEMO_SEED, simulate_demo_scan

    folder = Path(options.output)
    check_writable(folder)
    make_progress(options.progress).update("Simulate", 0.0, "a head CT, about 20 seconds")
    scan = simulate_demo_scan(DEMO_SEED if options.seed is None else options.seed)
    ct = write_volume(scan.ct, folder / "simulated_ct.nii.gz")
    write_volume(scan.icac, folder / "simulated_truth.nii.gz")
    if options.scan_only:
        return 0
    result = segment_and_save(str(ct), options)
    if options.progress != "json":
        truth, predicted = scan.icac.array > 0, result.mask
        overlap = 2 * (truth & predicted).sum() / max(truth.sum() + predicted.sum(), 1)
        print(f"\nSimulated truth {scan.volume_mm3:.1f} mm3 ({folder / 'simulated_truth.nii.gz'}); "
              f"found {result.burden.total.volume_mm3:.1f} mm3, Dice {overlap:.2f}.")
    return 0
