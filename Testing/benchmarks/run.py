"""Everything about speed in one run and one table.

    python Testing/benchmarks/run.py SCAN [--model NAME] [--threads 2] [--repeats 3] [--only TEXT] [-o FILE.md]

SCAN is a DICOM folder, best of 512 x 512 x 140 (``icac simulate 1 --format dicom --protocol stroke -o FOLDER`` makes a
larger one). Every row is a process of its own, imports included; repeats take turns and the median counts. The other
networks have untrained weights, which cost the same time, and are given the registered volume for nothing: no reading,
no registration, no writing. Needs the extra ``icac[benchmarks]``. A quiet machine takes about 20 minutes.
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
from datetime import date
from pathlib import Path

import numpy as np
from icac.report import Report
from icac.result_files import USUAL_NAMES

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "ICACSegmentation")]

from processes import Run, median, run  # noqa: E402

#: Rows: name, kind of :mod:`networks`; each over the carotid box and over the whole crop.
NETWORKS = (
    ("our network as the pipeline runs it", "icac"), ("the same without OpenVINO", "icac_torch"),
    ("(a) the same network, naive: eager, contiguous, half overlap", "naive"),
    ("(b) the same network, MONAI sliding windows", "monai_same"),
    ("(b) MONAI UNet, MONAI sliding windows", "monai_unet"), ("(c) nnU-Net v2, its predictor", "nnunet"))
EXTENTS = (("carotid", "our box"), ("crop", "whole crop"))
#: What makes ours faster than the naive version, one after the other: name, kind, extent, and how many times faster
#: than the one before prototypes of a network without course channels had led us to expect.
MEANS = (
    ("naive: eager, contiguous, half overlap, whole crop", "naive", "crop", None),
    ("only the box around both courses", "naive", "carotid", 4.0), ("one pass, no overlap", "one_pass", "carotid", 8.2),
    ("batch normalisation folded", "folded", "carotid", 1.1),
    ("channels last", "channels_last", "carotid", 1.4),
    ("freed memory kept, empty slabs left out", "icac_torch", "carotid", 1.6),
    ("OpenVINO", "icac", "carotid", 1.2))
STEP = "step: "
OURS, NAIVE = "icac segment", "(a) naive: as icac segment, network naive over the whole crop"


def prepare(scan: str, path: Path) -> None:
    """Read and register the scan and store it on the whole crop of the network's grid, with margins."""
    from icac.air import OUTSIDE_HU
    from icac.ct import read_ct
    from icac.network import FcnConfig
    from icac.network_region import analysed_frame, with_margins
    from icac.reference import load_reference
    from icac.registration import register

    ct = read_ct(scan).volume
    geometry = FcnConfig().geometry
    frame = with_margins(analysed_frame("crop", load_reference().courses, geometry)[0], geometry)
    registration = register(ct, load_reference())
    np.savez(path, hu=ct.resample(frame, registration.reference_to_scan, outside=OUTSIDE_HU).array)


def jobs(scan: str, model: Path, volume: Path, out: Path) -> dict[str, list[str]]:
    """Return name to arguments of every row."""
    segment = ["-m", "icac", "segment", scan, "-o", str(out), "--model", str(model), "--device", "cpu",
               "--progress", "none"]
    rows = {OURS: segment, "icac segment --engine torch": [*segment, "--engine", "torch"],
            "icac segment --region crop": [*segment, "--region", "crop"], "icac --help": ["-m", "icac", "--help"]}
    for name, kind in NETWORKS:
        for extent, words in EXTENTS:
            rows[f"{name}, {words}"] = [str(HERE / "networks.py"), kind, extent, str(volume), str(model)]
    measured = {(kind, extent) for _, kind in NETWORKS for extent, _ in EXTENTS}
    for name, kind, extent, _ in MEANS:
        if (kind, extent) not in measured:
            rows[f"{STEP}{name}, our box"] = [str(HERE / "networks.py"), kind, extent, str(volume), str(model)]
    return rows


def pass_alone(one: Run) -> float:
    """Return the seconds that :mod:`networks` printed."""
    return float(one.output.split()[-1])


def means(results: dict[str, Run], rows: dict[str, list[str]]) -> list[str]:
    """Return the seconds of the network's pass alone, and what each means brought, foretold and measured."""
    passes = {tuple(rows[name][1:3]): pass_alone(one) for name, one in results.items()
              if rows[name][0].endswith("networks.py")}
    lines = ["| the network's pass | s | faster, foretold | measured |", "|---|---|---|---|"]
    before = None
    for name, kind, extent, foretold in MEANS:
        seconds = passes.get((kind, extent))
        if seconds is None:
            return []
        ratio = f"{foretold:.1f} | {before / seconds:.1f}" if before else " | "
        lines.append(f"| {name} | {seconds:.2f} | {ratio} |")
        before = seconds
    return lines


def table(results: dict[str, Run]) -> list[str]:
    """Return the rows with their ratios to ours."""
    ours = results.get(OURS)
    lines = [f"| process | wall s | CPU s | peak GB | pass alone, s | wall / {OURS} | CPU / {OURS} |",
             "|---|---|---|---|---|---|---|"]
    for name, one in results.items():
        alone = f"{pass_alone(one):.2f}" if ", " in name else ""
        ratios = (f"{one.wall_s / ours.wall_s:.1f} | {one.cpu_s / ours.cpu_s:.1f}" if ours else " | ")
        lines.append(f"| {name} | {one.wall_s:.2f} | {one.cpu_s:.2f} | {one.peak_gb:.2f} | {alone} | {ratios} |")
    naive = next((one for name, one in results.items() if "naive" in name and "whole crop" in name), None)
    if ours and naive:
        network = next(one for name, one in results.items() if name.startswith("our network") and "box" in name)
        wall, cpu = (getattr(ours, k) - getattr(network, k) + getattr(naive, k) for k in ("wall_s", "cpu_s"))
        lines.append(f"| {NAIVE} (sum) | {wall:.2f} | {cpu:.2f} | {naive.peak_gb:.2f} | | {wall / ours.wall_s:.1f} | "
                     f"{cpu / ours.cpu_s:.1f} |")
    return lines


def stages(out: Path, whole: Run) -> list[str]:
    """Return the stages of the last run of ours: its own clock, and the rest of the process."""
    seconds = Report.load(out / USUAL_NAMES.usual("report")).seconds
    rest = whole.wall_s - sum(seconds.values())
    return ["| stage | wall s |", "|---|---|", *(f"| {name} | {value:.2f} |" for name, value in seconds.items()),
            f"| start, imports and writing | {rest:.2f} |", f"| whole process | {whole.wall_s:.2f} |"]


def floor(model: Path, rate: float, threads: int) -> str:
    """Return the least time of the network by the machine's arithmetic."""
    from icac.models import ModelPackage
    from icac.network_region import plan_region

    config = ModelPackage.load(model).spec.architecture
    shapes = [config.geometry.input_shape(part.shape) for part in plan_region("carotid", config).parts]
    giga = sum(2e-9 * config.macs(shape) for shape in shapes)
    return (f"Floor: the box takes {giga:.0f} GFLOP; the machine reached {rate:.0f} GFLOP/s on {threads} threads, so "
            f"the network takes at least {giga / rate:.2f} s.")


def main() -> None:
    """Run all rows and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scan")
    parser.add_argument("--model", help="name or folder of a model (default: that of icac)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3, help="of each row that takes less than 20 s (default: 3)")
    parser.add_argument("--only", default="", help="only rows with this text in their name, and ours")
    parser.add_argument("-o", "--output", type=Path, help="also write the tables to this file")
    options = parser.parse_args()
    from icac.models import find_model

    model = find_model(options.model).folder
    with tempfile.TemporaryDirectory() as temporary:
        volume, out = Path(temporary, "volume.npz"), Path(temporary, "out")
        prepare(options.scan, volume)
        rate = float(run([str(HERE / "peak.py")], options.threads).output.split()[-1])
        rows = {name: job for name, job in jobs(options.scan, model, volume, out).items()
                if options.only in name or name == OURS or name.startswith("our network")}
        results: dict[str, list[Run]] = {name: [] for name in rows}
        for turn in range(options.repeats):
            for name, job in rows.items():
                if turn == 0 or results[name][0].wall_s < 20:
                    results[name].append(run(job, options.threads))
                    print(f"{name}: {results[name][-1].wall_s:.1f} s", file=sys.stderr, flush=True)
        run(rows[OURS], options.threads)  # its report is read below
        medians = {name: median(runs) for name, runs in results.items()}
        said = Said(options.output)
        said(f"{date.today()}, {platform.processor() or platform.machine()}, {options.threads} threads, model "
             f"{model.name}, median of {options.repeats}", "", *table(medians), "", *means(medians, rows), "",
             *stages(out, medians[OURS]), "", floor(model, rate, options.threads))
        for threads in sorted({1, options.threads}):
            said("", f"{threads} thread{'s' * (threads > 1)}:", "",
                 run([str(HERE / "growth.py"), str(model)], threads).output.strip())


class Said:
    """Prints lines as they come, and keeps them in a file too."""

    def __init__(self, path: Path | None) -> None:
        self._path, self._lines = path, []

    def __call__(self, *lines: str) -> None:
        print(*lines, sep="\n", flush=True)
        self._lines += lines
        if self._path:
            self._path.write_text("\n".join(self._lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
