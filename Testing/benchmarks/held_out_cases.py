"""Predict the cases of a simulated training set that were held out, for ``icac evaluate``.

    python Testing/benchmarks/held_out_cases.py training_set/manifest.csv -o held_out [--model NAME] [--split test]
    icac evaluate --pred held_out/pred --truth held_out/truth --probability held_out/probability --ct held_out/ct -o OUT

Cases lie on the 0.5 mm grid of the network, moved by a typical error of registration. What registration itself and
the way back to the voxels of a scan cost is measured by ``icac segment`` on whole simulated scans, not here.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np
from icac.ct import write_volume
from icac.inference import choose_device
from icac.models import find_model
from icac.training.held_out import HeldOut


def main() -> None:
    """Predict the cases of one split."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--model")
    parser.add_argument("--split", default="test")
    options = parser.parse_args()
    package, device = find_model(options.model), choose_device("auto")
    network = package.load_network(device.name)
    with options.manifest.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == options.split]
    for row in rows:
        case = HeldOut(options.manifest.parent / row["image"], package, network, device)
        mask = case.probability.like((case.probability.array >= package.spec.threshold).astype(np.uint8))
        for kind, volume in {"ct": case.ct, "truth": case.truth, "pred": mask,
                             "probability": case.probability}.items():
            write_volume(volume, options.output / kind / f"{row['case']}.nii.gz")
        print(row["case"], flush=True)


if __name__ == "__main__":
    main()
