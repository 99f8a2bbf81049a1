"""What became faster since another checkout: whole runs of ``icac segment`` in turn, and where the time went.

    python Testing/benchmarks/versions.py SCAN --before CHECKOUT [--threads 2] [--repeats 5]

CHECKOUT is another clone of this repository, such as of the last release. Every run is a process of its own; the rows
take turns, so that other work on the machine troubles all alike, and medians count. Processor time is the fairer
number where the machine is not quiet. The floor is what the network's operations take at the machine's peak.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "ICACSegmentation")]

from icac.report import Report  # noqa: E402
from icac.result_files import USUAL_NAMES  # noqa: E402
from processes import REPOSITORY, Run, run  # noqa: E402

IMPORTS = ["-c", "import icac.pipeline, icac.report"]


def main() -> None:
    """Run the rows in turn and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scan")
    parser.add_argument("--before", type=Path, required=True, metavar="CHECKOUT")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    rows = {"before": (options.before.resolve(), []), "now, float32": (REPOSITORY, ["--precision", "float32"]),
            "now": (REPOSITORY, [])}
    runs: dict[str, list[Run]] = defaultdict(list)
    imports: dict[str, list[Run]] = defaultdict(list)
    reports: dict[str, list[Report]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as temporary:
        for _ in range(options.repeats):
            for name, (checkout, more) in rows.items():
                command = ["-m", "icac", "segment", options.scan, "-o", temporary, "--progress", "none", *more]
                runs[name].append(run(command, options.threads, checkout))
                reports[name].append(Report.load(Path(temporary, USUAL_NAMES.usual("report"))))
                imports[name].append(run(IMPORTS, options.threads, checkout))
    print_runs(runs, reports)
    print_stages(runs, imports, reports)


def print_runs(runs: dict[str, list[Run]], reports: dict[str, list[Report]]) -> None:
    """Print wall and processor time, memory and result of each row, and the ratios to the first."""
    print("| run | wall s | CPU s | GB | wall, share of before | CPU, share of before | mm3 | engine |")
    print("|---" * 8 + "|")
    for name, group in runs.items():
        wall, cpu = ([median(getattr(r, what) for r in rows) for rows in (group, runs["before"])]
                     for what in ("wall_s", "cpu_s"))
        record = reports[name][-1].record
        volumes = {report.record["totals"]["volume_mm3"] for report in reports[name]}
        print(f"| {name} | {wall[0]:.2f} | {cpu[0]:.2f} | {median(r.peak_gb for r in group):.2f} | "
              f"{wall[0] / wall[1]:.0%} | {cpu[0] / cpu[1]:.0%} | {', '.join(f'{v:.2f}' for v in sorted(volumes))} | "
              f"{record['settings']['engine']} |")


def print_stages(runs: dict[str, list[Run]], imports: dict[str, list[Run]], reports: dict[str, list[Report]]) -> None:
    """Print the median wall seconds of each stage, of the imports alone, and of the rest."""
    stages = list(reports["now"][-1].record["seconds"])
    print(f"\n| wall s | {' | '.join(stages)} | start, imports, writing | imports alone |")
    print("|---" * (len(stages) + 3) + "|")
    for name, group in reports.items():
        times = [median(report.record["seconds"].get(stage, 0.0) for report in group) for stage in stages]
        rest = median(r.wall_s - sum(report.record["seconds"].values())
                      for r, report in zip(runs[name], group, strict=True))
        print(f"| {name} | {' | '.join(f'{t:.2f}' for t in times)} | {rest:.2f} | "
              f"{median(r.wall_s for r in imports[name]):.2f} |")


if __name__ == "__main__":
    main()
