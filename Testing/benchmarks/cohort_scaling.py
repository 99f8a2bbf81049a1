"""How a cohort gets faster with workers, on this machine.

    python Testing/benchmarks/cohort_scaling.py SCAN [--scans 12] [--runs 1x1 1x2 2x1]

SCAN is a DICOM folder or a volume. Its copies differ in one voxel, since the same scan would be segmented only once. A
run of 2x1 has two workers of one thread each. Every run is a process of its own; imports, the model of each worker,
tables and page included. Needs ``icac[cohort]``.
"""

from __future__ import annotations

import argparse
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
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        copies = Path(temporary, "scans")
        write_copies(options.scan, copies, options.scans)
        print("| workers x threads | wall s | s a scan | scans an hour | times the first |\n|---|---|---|---|---|")
        first = None
        for name in options.runs:
            workers, threads = name.split("x")
            seconds = run(["-m", "icac", "cohort", "run", str(copies), "-o", str(Path(temporary, name)), "--workers",
                           workers, "--threads", threads, "--progress", "none"], int(threads)).wall_s
            first = first or seconds
            print(f"| {name} | {seconds:.1f} | {seconds / options.scans:.2f} | {3600 * options.scans / seconds:.0f} | "
                  f"{first / seconds:.2f} |", flush=True)


if __name__ == "__main__":
    main()
