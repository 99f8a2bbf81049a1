"""What the engine of cohorts itself costs a scan: a cohort of stub scans that are computed in no time.

::

    python Testing/benchmarks/cohort_overhead.py --scans 10000

Times are those of the processor (user and system), so that other work on the machine changes them little. Divided by
the seconds that a real scan takes they are the overhead; the one of the main process (which has the scheduler) limits
how many scans a second any number of workers can do.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "ICACSegmentation"), str(HERE.parent / "icac" / "cohort")]


def main() -> None:
    """Measure and print."""
    from icac.cohort import Cluster, find_scans, run_cohort
    from icac.cohort.results.collect import collect
    from stub_computation import StubComputation, write_stub

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scans", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder, "in"), Path(folder, "out")
        for number in range(options.scans):
            write_stub(source / f"{number:06d}.nii.gz", 1.0 + number)
        computation = StubComputation(f"{folder}/log")
        cluster = Cluster(options.workers, readers=0)
        steps = {
            "find scans": lambda: find_scans(source),
            "run": lambda: run_cohort(find_scans(source), out, computation, cluster=cluster),
            "tables and page": lambda: collect(out),
            "run again": lambda: run_cohort(find_scans(source), out, computation),
        }
        print(f"{options.scans} scans, {options.workers} workers")
        print(f"{'step':<18}{'main ms/scan':>14}{'wall s':>10}{'main peak MB':>14}")
        for name, step in steps.items():
            cpu, wall = time.process_time(), time.perf_counter()
            step()
            spent = 1000 * (time.process_time() - cpu) / options.scans
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"{name:<18}{spent:>14.3f}{time.perf_counter() - wall:>10.1f}{peak:>14.0f}", flush=True)
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(f"workers: {1000 * (children.ru_utime + children.ru_stime) / options.scans:.3f} ms/scan, "
              f"peak {children.ru_maxrss / 1024:.0f} MB each")
        size = sum(path.stat().st_size for path in out.iterdir() if path.is_file())
        print(f"tables and page: {size / 1e6:.1f} MB, of it qa.html {(out / 'qa.html').stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
