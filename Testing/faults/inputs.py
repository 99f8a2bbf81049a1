"""Run every odd input that public bug reports described through ``icac``, and say what became of each.

    python Testing/faults/inputs.py -o FOLDER [--only 08_zero 70_nrrd ...] [--whole]

The scripts that write the inputs lie in ``shared/cases/inputs`` beside the repository; without them there is nothing to
do. Prints a table: input, outcome, what is demanded (``demanded.py``), and whether it is met. An input that is refused
when it is read, or that is the plain scan voxel by voxel, is not segmented, but with --whole. What was run is kept, so
a stopped run goes on; remove the folder to start anew. Some scripts need packages that compress (pylibjpeg,
pylibjpeg-openjpeg, pyjpegls) on PYTHONPATH.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
LIBRARY = REPOSITORY / "ICACSegmentation"
SCRIPTS = REPOSITORY.parent / "shared" / "cases" / "inputs"
sys.path.insert(0, str(LIBRARY))

import numpy as np  # noqa: E402
from demanded import COMPARE, SEGMENT, Demand  # noqa: E402
from icac.ct import check_ct, read_ct  # noqa: E402
from icac.errors import IcacError, InputError  # noqa: E402
from icac.files import read_json, write_json  # noqa: E402
from icac.geometry import upright  # noqa: E402
from icac.report.report import Report  # noqa: E402

#: Share of the volume of the plain scan, and mm3 (three voxels), by which a side may differ: some inputs hold rounded
#: values, by which voxels cross a threshold.
SHARE, LEAST_MM3 = 0.02, 1.2

#: Difference of Dice that is none.
LEAST_DICE = 1e-6

#: Seconds after which a command hangs.
PATIENCE_S = 900

ENVIRONMENT = os.environ | {"PYTHONPATH": str(LIBRARY), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"}


@dataclass(frozen=True)
class Outcome:
    """What became of a command.

    Attributes
    ----------
    code : int
        Its exit code.
    sides : list of float
        Volumes in mm3, right and left, or one Dice; empty without a result.
    words : str
        Warnings, corrections and choice of the report, or what was written to the error output.

    """

    code: int
    sides: list[float]
    words: str

    def shown(self) -> str:
        """Return the outcome in one cell of a table."""
        values = " + ".join(f"{side:.1f}" for side in self.sides) or f"exit {self.code}"
        value = f"Dice {self.sides[0]:.3f}" if len(self.sides) == 1 else values
        return f"{value}; {self.words.strip()}".replace("|", "/").replace("\n", " ")


def icac(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command line."""
    return subprocess.run([sys.executable, "-m", "icac", *map(str, arguments)], env=ENVIRONMENT, capture_output=True,
                          text=True, errors="backslashreplace", check=False, timeout=PATIENCE_S)


def outcome_of(done: subprocess.CompletedProcess[str], folder: Path) -> Outcome:
    """Gather what became of a segmentation into a folder."""
    if done.returncode:
        return Outcome(done.returncode, [], done.stderr)
    report = Report.load(folder / "report.json").record
    sides = [report["totals"][side]["volume_mm3"] for side in ("right", "left")]
    chosen = report["input"].get("series_choice", {}).values()
    return Outcome(0, sides, " ".join([*report["warnings"], *report["input"]["corrections"], *map(str, chosen)]))


class Inputs:
    """The inputs in a folder, each made when it is wanted."""

    def __init__(self, folder: Path, whole: bool) -> None:
        self.folder, self.whole = folder, whole
        self.demo = folder / "demo"
        if not (self.demo / "report.json").is_file():
            done = icac("demo", "-o", self.demo)
            assert done.returncode == 0, done.stderr
        self.plain = outcome_of(subprocess.CompletedProcess([], 0), self.demo).sides
        self._scan = upright(read_ct(self.demo / "simulated_ct.nii.gz").volume)
        self._dice = self._compared(self.demo / "simulated_truth.nii.gz").sides[0]

    def make(self, script: Path) -> Path:
        """Return the folder that a script writes."""
        made = self.folder / "made" / script.stem
        if not made.is_dir():
            subprocess.run([sys.executable, str(script), str(made)], cwd=script.parent, check=True,
                           env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "DEMO": str(self.demo),
                                             "PLAIN": str(self.folder / "made" / "00_plain_dicom")},
                           stdout=subprocess.DEVNULL)
        return made

    def segment(self, demand: Demand) -> Outcome:
        """Segment an input, unless it was."""
        script = next(SCRIPTS.glob(f"{demand.script}*.py"))
        name = "_".join(filter(None, (script.stem, demand.what, *demand.options)))
        kept = self.folder / "outcomes" / f"{name}.json"
        if (known := read_json(kept)) is not None:
            return Outcome(**known)
        made, results = self.make(script) / demand.what, self.folder / "results" / name
        outcome = None if self.whole else self._read(made, demand.options)
        if outcome is None:
            done = icac("segment", made, "-o", results, "--progress", "none", *demand.options)
            outcome = outcome_of(done, results)
        write_json(kept, asdict(outcome))
        return outcome

    def compare(self, demand: Demand) -> Outcome:
        """Compare the results of the plain scan with a region; the Dice stands for both sides."""
        return self._compared(self.make(next(SCRIPTS.glob(f"{demand.script}*.py"))) / demand.what)

    def _compared(self, region: Path) -> Outcome:
        from icac.compare import compare
        from icac.compare.inputs import read_compared

        try:
            case = read_compared(self.demo / "simulated_ct.nii.gz", self.demo, region)
            dice = compare(case.ct.frame, case.predicted, case.manual, case.courses).overlap.dice
        except IcacError as error:
            return Outcome(error.exit_code, [], f"icac: {error}")
        return Outcome(0, [dice], " ".join(case.notes))

    def _read(self, path: Path, options: tuple[str, ...]) -> Outcome | None:
        """Read an input as ``icac segment`` does; None if only segmenting it tells what becomes of it."""
        series = options[1] if "--series" in options else None
        assume = next((one.removeprefix("--assume-") for one in options if one.startswith("--assume")), None)
        try:
            scan = read_ct(path, series, assume, incomplete=True)
            warnings = check_ct(scan)
        except IcacError as error:
            return Outcome(error.exit_code, [], f"icac: {error}")
        volume = upright(scan.volume)
        is_same = volume.frame.matches(self._scan.frame) and np.array_equal(volume.array, self._scan.array)
        words = " ".join([*warnings, *scan.corrections, *([scan.choice.statement] if scan.choice else [])])
        return Outcome(0, self.plain, words) if is_same and not scan.missing else None

    def is_plain(self, outcome: Outcome) -> bool:
        """Tell whether both sides have the volumes of the plain scan, or a region its Dice."""
        if len(outcome.sides) == 1:
            return abs(outcome.sides[0] - self._dice) < LEAST_DICE
        return bool(outcome.sides) and all(abs(a - b) <= max(SHARE * b, LEAST_MM3)
                                           for a, b in zip(outcome.sides, self.plain, strict=True))


def main() -> int:
    """Run what is wanted and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--only", nargs="+", default=[""], metavar="SCRIPT", help="beginnings of the scripts' names")
    parser.add_argument("--whole", action="store_true", help="segment every input")
    options = parser.parse_args()
    if not SCRIPTS.is_dir():
        print(f"Skipped: the scripts that write the inputs are not at hand (no folder {SCRIPTS}).")
        return 0
    inputs = Inputs(options.output.resolve(), options.whole)
    print(f"Plain: right {inputs.plain[0]:.1f}, left {inputs.plain[1]:.1f} mm3\n\n"
          "| input | outcome | demanded | met |\n|---|---|---|---|", flush=True)
    missed, todo = 0, [*((inputs.segment, one) for one in SEGMENT), *((inputs.compare, one) for one in COMPARE)]
    for run, demand in ((run, one) for run, one in todo if one.script.startswith(tuple(options.only))):
        outcome = run(demand)
        is_met = demand.is_met(outcome.code == InputError.exit_code, inputs.is_plain(outcome), outcome.words)
        missed += not is_met
        print(f"| {' '.join((demand.script, demand.what, *demand.options)).strip()} | {outcome.shown()} | "
              f"{demand.outcome} | {'yes' if is_met else 'NO'} |", flush=True)
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
