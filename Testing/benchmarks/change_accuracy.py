"""How right is ``icac change``: simulated patients of whom it is known what happened between two scans.

    python Testing/benchmarks/change_accuracy.py -o change_accuracy --patients 12

Every patient of ``changed_patients.py`` is scanned twice and both scans go through ``icac change``. Prints what was
found of what happened to each calcification, and how far the alignment is from the truth, in mm at the carotids. Scans
and results that are there already are kept.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "ICACSegmentation"))

from changed_patients import changed_patient, scan, truth_of
from icac.ct import write_volume
from icac.files import whole_file


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


def main() -> None:
    """Scan, compare, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--patients", type=int, default=12)
    parser.add_argument("--seed", type=int, default=9301)
    options = parser.parse_args()
    for seed in range(options.seed, options.seed + options.patients):
        make_scans(options.output / str(seed), seed)
        print(seed, flush=True)


if __name__ == "__main__":
    main()
