"""How right is ``icac change``: simulated patients of whom it is known what happened between two scans.

    python Testing/benchmarks/change_accuracy.py -o change_accuracy --patients 12

Every patient of ``changed_patients.py`` is scanned twice and both scans go through ``icac change``. Prints what was
found of what happened to each calcification, and how far the alignment is from the truth, in mm at the calcifications.
Calcifications that touch others of another fate in a scan have no state of their own and are left out; so are those
that no observer sees in a scan in which they are. Scans and results that are there already are kept.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

sys.path.insert(0, str(Path(__file__).parents[2] / "ICACSegmentation"))

from changed_patients import ChangedPatient, changed_patient, scan, truth_of
from icac.cli import main as icac
from icac.ct import write_volume
from icac.ct.images import load
from icac.ct.read import image_kind, read_ct
from icac.files import whole_file
from icac.files.json_file import load_json
from icac.geometry import Frame

#: What can be found; ``missed``: no lesion was found in either scan.
FOUND = ("new", "new (may be noise)", "grown", "stable", "shrunk", "gone", "gone (may be noise)", "merged", "split",
         "unsure", "outside", "missed")

#: Calcifications closer than this to one of another fate touch it, mm.
TOUCH_MM = 1.0

#: A row of the table is that of a calcification if its voxels lie so near to those of the truth, mm.
NEAR_MM = 1.0

#: Least volume in mm3, in the scan that shows more of it, of a calcification that is asked about.
LEAST_MM3 = 1.0


def make_scans(folder: Path, seed: int) -> None:
    """Write both scans of a patient with their truth, unless they are there."""
    changed = changed_patient(seed)
    for second, name in enumerate("ab"):
        if (folder / f"{name}.npz").is_file():
            continue
        made = scan(changed, seed, bool(second))
        write_volume(made.ct, folder / f"{name}.nii.gz")
        with whole_file(folder / f"{name}.npz") as temporary, temporary.open("wb") as stream:
            np.savez_compressed(stream, **truth_of(made, changed.at(bool(second))[1]))


def compare(folder: Path) -> dict[str, Any] | None:
    """Return the record of ``icac change``, made unless it is there; None if it refuses the scans."""
    record = folder / "change" / "change.json"
    if not record.is_file():
        code = icac(["change", str(folder / "a.nii.gz"), str(folder / "b.nii.gz"), "-o", str(folder / "change"),
                     "--progress", "none"])
        if code:
            return None
    return load_json(record)


class Scanned:
    """One scan: its true calcifications and the rows that were found, both in the space of the head."""

    def __init__(self, folder: Path, name: str, rows: str) -> None:
        with np.load(folder / f"{name}.npz") as file:
            self.points, self.fated, self.pose = file["points"], file["fated"], file["pose"]
            self.voxel_mm3 = float(file["voxel_mm3"])
        path = folder / "change" / rows
        frame = read_ct(folder / f"{name}.nii.gz").volume.frame
        labels = load(path, image_kind(path)).layers.reshape(frame.shape)
        index = np.argwhere(labels > 0)
        self.rows = labels[tuple(index.T)]
        self.found = _to(np.linalg.inv(self.pose), _lps(frame, index))

    def of(self, fated: int) -> np.ndarray:
        """Return the voxels (n, 3) of a true calcification."""
        return self.points[self.fated == fated]

    def rows_near(self, points: np.ndarray) -> Counter[int]:
        """Return how many voxels of which row lie near to points."""
        if not len(points) or not len(self.found):
            return Counter()
        near = cKDTree(points).query(self.found, distance_upper_bound=NEAR_MM)[0] <= NEAR_MM
        return Counter(self.rows[near].tolist())


def _lps(frame: Frame, index: np.ndarray) -> np.ndarray:
    return frame.to_lps(index[:, ::-1])


def _to(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    return points @ matrix[:3, :3].T + matrix[:3, 3]


def verdicts(changed: ChangedPatient, scans: tuple[Scanned, Scanned], record: dict[str, Any]
             ) -> Iterator[tuple[str, str, float, float]]:
    """Yield fate, state that was found, and true mm3 before and after, of each calcification that has its own."""
    states = {row["lesion"]: _state(row) for row in record["lesions"]}
    for number, one in enumerate(changed.fated):
        mm3 = [len(scan.of(number)) * scan.voxel_mm3 for scan in scans]
        wanted = [bool(one.before), bool(one.after)]
        if max(mm3) < LEAST_MM3 or any(there and not seen for there, seen in zip(wanted, mm3, strict=True)):
            continue
        if any(_touches(scan, number, changed) for scan in scans):
            continue
        rows = sum((scan.rows_near(scan.of(number)) for scan in scans), Counter())
        yield one.fate, states[rows.most_common(1)[0][0]] if rows else "missed", *mm3


def _state(row: dict[str, Any]) -> str:
    """Return the state of a row as the text of ``icac change`` says it."""
    may_be_noise = row["state"] in ("new", "gone") and not row["beyond_noise"]
    return f"{row['state']} (may be noise)" if may_be_noise else row["state"]


def _touches(scan: Scanned, number: int, changed: ChangedPatient) -> bool:
    """Tell whether a calcification touches one of another fate, or, unless both are stable, any other."""
    own = scan.of(number)
    fates = [one.fate for one in changed.fated]
    others = [n for n in np.unique(scan.fated) if n != number
              and not fates[n] == fates[number] == "stable"]
    points = scan.points[np.isin(scan.fated, others)]
    return bool(len(own) and len(points) and cKDTree(points).query(own)[0].min() <= TOUCH_MM)


def alignment_error(scans: tuple[Scanned, Scanned], record: dict[str, Any]) -> float:
    """Return the mean distance in mm, at the calcifications, between where they are put and where they are."""
    points = _to(scans[1].pose, scans[1].points)
    true = scans[0].pose @ np.linalg.inv(scans[1].pose)
    found = np.array(record["alignment"]["second_to_first_lps_mm"])
    return float(np.linalg.norm(_to(found, points) - _to(true, points), axis=1).mean())


def main() -> None:
    """Scan, compare, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--patients", type=int, default=12)
    parser.add_argument("--seed", type=int, default=9301)
    options = parser.parse_args()
    tables: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    errors = []
    for seed in range(options.seed, options.seed + options.patients):
        folder = options.output / str(seed)
        make_scans(folder, seed)
        record = compare(folder)
        if record is None:  # the scanned part of a large head does not hold all of its skull
            print(f"{seed}: refused, left out", flush=True)
            continue
        files = record["files"]
        scans = Scanned(folder, "a", files["before"]), Scanned(folder, "b", files["after"])
        errors.append(alignment_error(scans, record))
        for fate, state, before, after in verdicts(changed_patient(seed), scans, record):
            tables[_group(record)][fate, state] += 1
            print(f"{seed}: {fate}, found {state}; truth {before:.1f} to {after:.1f} mm3", flush=True)
        print(f"{seed}: alignment off by {errors[-1]:.2f} mm, likeness {record['alignment']['likeness']}", flush=True)
    for group, table in sorted(tables.items()):
        print(f"\n{group}: {table.total()} calcifications\n")
        print_table(table)
    print(f"alignment: mean {np.mean(errors):.2f} mm, largest {np.max(errors):.2f} mm")


def _group(record: dict[str, Any]) -> str:
    thickest = max(record[scan]["slice_thickness_mm"] for scan in ("first", "second"))
    return "slices of more than 2.5 mm in one scan or both" if thickest > 2.5 else "slices up to 2.5 mm in both scans"


def print_table(table: Counter[tuple[str, str]]) -> None:
    """Print what was found, in columns, of what happened, in rows."""
    print("| what happened | " + " | ".join(FOUND) + " |")
    print("|---" * (1 + len(FOUND)) + "|")
    for fate in dict.fromkeys(fate for fate, _ in sorted(table)):
        print(f"| {fate} | " + " | ".join(str(table[fate, state] or "") for state in FOUND) + " |")


if __name__ == "__main__":
    main()
