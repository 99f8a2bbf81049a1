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
from icac.calcium import is_calcium_dense
from icac.ct import write_volume
from icac.geometry import Frame, Volume
from icac.inference import choose_device, margins, predict
from icac.models import ModelPackage, find_model
from icac.reference import load_reference
from icac.reference.region import bounding_frame, region_mask
from icac.simulate.training_case import CASE_FRAME
from icac.training.cases import read_case


def analysed() -> tuple[Frame, np.ndarray]:
    """Return the block of the case grid that is predicted (its margins inside the case), and the voxels that count."""
    courses = load_reference().courses
    frame = bounding_frame(CASE_FRAME, region_mask(CASE_FRAME, courses), (4, 4, 2))
    return frame, region_mask(frame, courses)


def predict_case(path: Path, package: ModelPackage, network: object, device: object,
                 frame: Frame, counted: np.ndarray) -> dict[str, Volume]:
    """Return CT, truth, mask and probability of one case on ``frame``."""
    case = read_case(path)
    start = np.rint(CASE_FRAME.to_index(frame.origin)).astype(int)[::-1]
    inner = tuple(slice(s, s + n) for s, n in zip(start, frame.shape, strict=True))
    pads = [(before, after) for before, after in margins(frame.shape)]
    outer, missing = [], []
    for (before, after), s, n, length in zip(pads, start, frame.shape, case.hu.shape, strict=True):
        outer.append(slice(max(0, s - before), min(length, s + n + after)))
        missing.append((max(0, before - s), max(0, s + n + after - length)))
    hu = np.pad(case.hu[tuple(outer)], missing, mode="edge")
    probability = predict(hu, network, package.spec.intensity, device, temperature=package.spec.temperature)
    probability = probability[tuple(slice(0, n) for n in frame.shape)]
    dense = is_calcium_dense(case.hu[inner])
    probability = np.where(counted & dense, probability, 0).astype(np.float32)
    return {"ct": Volume(case.hu[inner], frame), "truth": Volume(case.label[inner], frame),
            "pred": Volume((probability >= package.spec.threshold).astype(np.uint8), frame),
            "probability": Volume(probability, frame)}


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
    frame, counted = analysed()
    with options.manifest.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == options.split]
    for row in rows:
        path = options.manifest.parent / row["image"]
        for kind, volume in predict_case(path, package, network, device, frame, counted).items():
            write_volume(volume, options.output / kind / f"{row['case']}.nii.gz")
        print(row["case"], flush=True)


if __name__ == "__main__":
    main()
