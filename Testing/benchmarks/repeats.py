"""How well a volume is repeated: each scan as it is, and in the other forms of ``variants.py``.

    python Testing/benchmarks/repeats.py SCAN ... --simulated 20 -o repeats [--model NAME]

Prints a table of scans and forms with the volume in mm3; a star marks one that is off by more than 2 % and 2 mm3. To
compare two versions, run it once with each, into two folders. What was measured is kept, so a stopped run goes on.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "ICACSegmentation"))

from icac.ct import CTScan, read_ct
from icac.errors import IcacError
from icac.files.json_file import read_json, write_json
from icac.geometry import Volume
from icac.models import ModelPackage, find_model
from icac.pipeline import segment_scan
from icac.progress import Plain
from icac.simulate.sets.cohort import Plan, write_cohort
from variants import VARIANTS

#: Largest difference from the scan as it is: a share, or mm3, whichever is more.
SHARE, LEAST_MM3 = 0.02, 2.0

AS_IT_IS = "as it is"
FORMS = {AS_IT_IS: lambda volume: (volume, np.eye(4)), **VARIANTS}

#: Volume in mm3 by form, or why there is none.
Row = Mapping[str, "float | str"]


def simulated_scans(folder: Path, count: int, seed: int) -> list[Path]:
    """Return the scans of simulated patients of all protocols; those that are there are kept."""
    if not count:
        return []
    write_cohort(folder, count, Plan(seed, "mixed", "nifti", ()), 1, Plain())
    return sorted(path for name in ("ct.nii.gz", "ct.nrrd") for path in folder.glob(f"*/{name}"))[:count]


def measured(path: Path, package: ModelPackage, folder: Path) -> dict[str, float | str]:
    """Return the volume of one scan in each form; what ``folder`` has already is not measured again."""
    files = {name: folder / f"{name.replace(' ', '_')}.json" for name in FORMS}
    missing = [name for name, file in files.items() if (read_json(file) or {}).get("scan") != str(path)]
    scan = read_ct(path) if missing else None
    for name in missing:
        write_json(files[name], {"scan": str(path), "form": name, "result": volume_of(scan, name, package)})
    return {name: read_json(file)["result"] for name, file in files.items()}


def volume_of(scan: CTScan, form: str, package: ModelPackage) -> float | str:
    """Return the volume of a scan in one form in mm3, or the sentence with which it is refused."""
    changed: Volume = FORMS[form](scan.volume)[0]
    try:
        return segment_scan(replace(scan, volume=changed), package=package).burden.total.volume_mm3
    except IcacError as error:
        return str(error)


def table_of(rows: Mapping[str, Row]) -> str:
    """Return the table of scans and forms as Markdown."""
    lines = [f"| scan | {' | '.join(FORMS)} |", "|---" * (1 + len(FORMS)) + "|"]
    lines += [f"| {scan} | {' | '.join(_cell(row[form], row[AS_IT_IS]) for form in FORMS)} |"
              for scan, row in rows.items()]
    return "\n".join(lines)


def is_repeated(volume: float | str, first: float | str) -> bool:
    """Tell whether a form gives the volume of the scan as it is, or is refused as that is."""
    if isinstance(volume, str) or isinstance(first, str):
        return isinstance(volume, str) and isinstance(first, str)
    return abs(volume - first) <= max(SHARE * first, LEAST_MM3)


def _cell(volume: float | str, first: float | str) -> str:
    text = "refused" if isinstance(volume, str) else f"{volume:.1f}"
    return text if is_repeated(volume, first) else f"{text} *"


def _name(path: Path) -> str:
    """Return the name of a scan: of its file, or of its folder for the files of a cohort."""
    stem = path.name.split(".")[0]
    return path.parent.name if stem == "ct" else stem


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scans", type=Path, nargs="*", metavar="SCAN")
    parser.add_argument("--simulated", type=int, default=0, metavar="N", help="and N simulated patients")
    parser.add_argument("--seed", type=int, default=314, help="of the simulated patients")
    parser.add_argument("--model")
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    package = find_model(options.model)
    scans = [*options.scans, *simulated_scans(options.output / "simulated", options.simulated, options.seed)]
    if len({_name(path) for path in scans}) < len(scans):
        parser.error("two scans have the same name; rename one of them.")
    rows = {}
    for path in scans:
        rows[_name(path)] = measured(path, package, options.output / "volumes" / package.spec.version / _name(path))
        print(_name(path), rows[_name(path)], flush=True)
    print(table_of(rows))


if __name__ == "__main__":
    main()
