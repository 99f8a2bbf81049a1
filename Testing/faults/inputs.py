"""Run every odd input that public bug reports described through ``icac``, and say what became of each.

    python Testing/faults/inputs.py -o FOLDER [--only 08_zero 70_nrrd ...]

The scripts that write the inputs lie in ``shared/cases/inputs`` beside the repository; without them there is nothing to
do. Prints a table: input, outcome, what is demanded (``demanded.py``), and whether it is met. What was run is kept, so
a stopped run goes on; remove the folder to start anew.
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

from demanded import SEGMENT, Demand  # noqa: E402
from icac.errors import InputError  # noqa: E402
from icac.files import read_json, write_json  # noqa: E402
from icac.report.report import Report  # noqa: E402

#: Share of the volume of the plain scan, and mm3, by which a side may differ: some inputs hold rounded values.
SHARE, LEAST_MM3 = 0.02, 0.8

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
        Volumes in mm3, right and left; empty without a result.
    words : str
        Warnings and corrections of the report, or what was written to the error output.

    """

    code: int
    sides: list[float]
    words: str

    def shown(self) -> str:
        """Return the outcome in one cell of a table."""
        value = " + ".join(f"{side:.1f}" for side in self.sides) or f"exit {self.code}"
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
    return Outcome(0, sides, " ".join([*report["warnings"], *report["input"]["corrections"]]))


class Inputs:
    """The inputs in a folder, each made when it is wanted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.demo = folder / "demo"
        if not (self.demo / "report.json").is_file():
            done = icac("demo", "-o", self.demo)
            assert done.returncode == 0, done.stderr
        self.plain = outcome_of(subprocess.CompletedProcess([], 0), self.demo).sides

    def make(self, script: Path) -> Path:
        """Return the folder that a script writes."""
        made = self.folder / "made" / script.stem
        if not made.is_dir():
            subprocess.run([sys.executable, str(script), str(made)], cwd=script.parent, check=True,
                           env=ENVIRONMENT | {"DEMO": str(self.demo)}, stdout=subprocess.DEVNULL)
        return made

    def segment(self, demand: Demand) -> Outcome:
        """Segment an input, unless it was."""
        script = next(SCRIPTS.glob(f"{demand.script}*.py"))
        name = "_".join(filter(None, (script.stem, demand.what, *demand.options)))
        kept = self.folder / "outcomes" / f"{name}.json"
        if (known := read_json(kept)) is not None:
            return Outcome(**known)
        made, results = self.make(script) / demand.what, self.folder / "results" / name
        outcome = outcome_of(icac("segment", made, "-o", results, "--progress", "none", *demand.options), results)
        write_json(kept, asdict(outcome))
        return outcome

    def is_plain(self, outcome: Outcome) -> bool:
        """Tell whether both sides have the volumes of the plain scan."""
        return bool(outcome.sides) and all(abs(a - b) <= max(SHARE * b, LEAST_MM3)
                                           for a, b in zip(outcome.sides, self.plain, strict=True))


def main() -> int:
    """Run what is wanted and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--only", nargs="+", default=[""], metavar="SCRIPT", help="beginnings of the scripts' names")
    options = parser.parse_args()
    if not SCRIPTS.is_dir():
        print(f"Skipped: the scripts that write the inputs are not at hand (no folder {SCRIPTS}).")
        return 0
    inputs = Inputs(options.output.resolve())
    print(f"Plain: right {inputs.plain[0]:.1f}, left {inputs.plain[1]:.1f} mm3\n\n"
          "| input | outcome | demanded | met |\n|---|---|---|---|", flush=True)
    missed = 0
    for demand in (one for one in SEGMENT if one.script.startswith(tuple(options.only))):
        outcome = inputs.segment(demand)
        is_met = demand.is_met(outcome.code == InputError.exit_code, inputs.is_plain(outcome), outcome.words)
        missed += not is_met
        print(f"| {' '.join((demand.script, demand.what, *demand.options)).strip()} | {outcome.shown()} | "
              f"{demand.outcome} | {'yes' if is_met else 'NO'} |", flush=True)
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
