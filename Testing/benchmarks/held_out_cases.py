"""Predict the cases of a simulated training set that were held out, for ``icac evaluate``.

    python Testing/benchmarks/held_out_cases.py training_set/manifest.csv -o held_out [--model NAME] [--split test]
    icac evaluate --pred held_out/pred --truth held_out/truth --probability held_out/probability --ct held_out/ct -o OUT

Cases lie on the 0.5 mm grid of the network, moved by a typical error of registration. What registration itself and
the way back to the voxels of a scan cost is measured by ``icac segment`` on whole simulated scans, not here.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from icac.inference import choose_device
from icac.models import find_model
from icac.progress import Plain
from icac.study.predictions import predict_cases
from icac.training.manifest import read_manifest


def main() -> None:
    """Predict the cases of one split."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--model")
    parser.add_argument("--split", default="test", help="train, validation, test (the default), or all")
    options = parser.parse_args()
    manifest = read_manifest(options.manifest, splits=options.split != "all")
    cases = manifest.cases if options.split == "all" else manifest.of_split(options.split)
    predict_cases(find_model(options.model), cases, options.output / "cases", options.output, options.output,
                  choose_device("auto"), Plain())


if __name__ == "__main__":
    main()
