"""Count which true ICAC the box around the carotid courses costs, over the cases of a simulated training set.

    python Testing/benchmarks/box_cost.py training_set/manifest.csv

Only voxels near the registered reference's courses are analysed (:data:`icac.reference.region.REACH_MM`). Cases lie on
the network's grid, moved by a typical error of registration, so what lies outside is what a run would lose.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np
from icac.reference import NETWORK_GRID, load_reference
from icac.reference.region import course_distance_mm
from icac.trainingset.cases import case_frame, read_case

REACHES_MM = (8.0, 10.0, 12.0, 14.0, 16.0)


def distances(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return the distance from the courses, mm, of the true voxels of a case, and whether the grid holds them."""
    truth = read_case(path).label > 0
    if not truth.any():
        return np.empty(0), np.empty(0, dtype=bool)
    frame = case_frame(truth.shape)
    index = np.rint(NETWORK_GRID.to_index(frame.to_lps(np.argwhere(truth)[:, ::-1])))
    held = ((index >= 0) & (index < NETWORK_GRID.size)).all(axis=1)
    return course_distance_mm(frame, load_reference().courses, truth), held


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest", type=Path)
    options = parser.parse_args()
    with options.manifest.open(encoding="utf-8") as file:
        names = [row["image"] for row in csv.DictReader(file) if row["image"].endswith(".npz")]
    cases = [distances(options.manifest.parent / name) for name in names if (options.manifest.parent / name).is_file()]
    cases = [case for case in cases if len(case[0])]
    total = sum(len(distance) for distance, _ in cases)
    beyond = sum(np.count_nonzero(~held) for _, held in cases)
    print(f"{len(cases)} cases with ICAC, {total * 0.125:.0f} mm3, {beyond / total:.2%} outside the network's grid")
    print("\n| reach, mm | outside, % of all ICAC | cases that lose any | largest loss of a case, mm3 |")
    print("|---|---|---|---|")
    for reach in REACHES_MM:
        lost = np.array([np.count_nonzero((distance > reach) | ~held) for distance, held in cases])
        print(f"| {reach:g} | {lost.sum() / total:.2%} | {np.count_nonzero(lost)} | {lost.max() * 0.125:.1f} |")


if __name__ == "__main__":
    main()
