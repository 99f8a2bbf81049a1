"""How a cohort gets faster with workers, on this machine.

    python Testing/benchmarks/cohort_scaling.py SCAN [--scans 12] [--runs 1x1 1x2 2x1]

SCAN is a DICOM folder or a volume. Its copies differ in one voxel, since the same scan would be segmented only once. A
run of 2x1 has two workers of one thread each. Every run is a process of its own; imports, the model of each worker,
tables and page included. A run gets as many cores as it has threads: else a single worker would use more than one, as
the main process and what the C library and the system do besides run there, and the second worker would seem to bring
less. ``--all-cores`` leaves all of them to every run. The efficiency is that against the first run, by cores. Needs
``icac[cohort]``. For Linux.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "ICACSegmentation")]

from processes import run  # noqa: E402


def write_copies(scan: str, folder: Path, count: int) -> None:
    """Write copies of a scan as uncompressed NIfTI; each differs in one voxel of a corner."""
    from icac.ct import read_ct, write_volume

    volume = read_ct(scan).volume
    for number in range(count):
        array = volume.array.copy()
        array[0, 0, number] += 1
        write_volume(volume.like(array), folder / f"scan{number:03d}.nii")


def main() -> None:
    """Run the cohorts and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scan")
    parser.add_argument("--scans", type=int, default=12)
    parser.add_argument("--runs", nargs="+", default=["1x1", "1x2", "2x1"], metavar="WORKERSxTHREADS")
    parser.add_argument("--all-cores", action="store_true", help="let every run use all cores")
    options = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as temporary:
        copies = Path(temporary, "scans")
        write_copies(options.scan, copies, options.scans)
        print("| workers x threads | wall s | s a scan | scans an hour | times the first | efficiency |\n"
              "|---|---|---|---|---|---|")
        first: tuple[float, int] | None = None
        for name in options.runs:
            workers, threads = name.split("x")
            used = int(workers) * int(threads)
            os.sched_setaffinity(0, cores if options.all_cores else cores[:used])
            seconds = run(["-m", "icac", "cohort", "run", str(copies), "-o", str(Path(temporary, name)), "--workers",
                           workers, "--threads", threads, "--progress", "none"], int(threads)).wall_s
            first = first or (seconds, used)
            faster = first[0] / seconds
            print(f"| {name} | {seconds:.1f} | {seconds / options.scans:.2f} | {3600 * options.scans / seconds:.0f} | "
                  f"{faster:.2f} | {faster * first[1] / used:.2f} |", flush=True)


if __name__ == "__main__":
    main()
