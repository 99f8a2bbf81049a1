"""Predict and judge the cases of a simulated training set that were held out, on the voxels of their scans.

    icac simulate 250 -o held_out_set --seed 9011 --format training --cases-per-head 1 --with-scan
    python Testing/benchmarks/held_out_cases.py held_out_set/manifest.csv -o held_out [--model NAME] [--split test]

Cases are registered beforehand, with a typical error. What registration itself costs is measured by ``icac segment``
on whole simulated scans. Files that are there already are kept, so a stopped run goes on.

What is judged is what would be reported: the scan as it is measured, its truth there, the reach of the carotids, and
the rule of noise. Printed are the summary (with the sensitivity by size of lesion) and the results by kind of patient
and scan, which also lie in ``groups.csv``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "ICACSegmentation"))

from held_out_groups import facts_of, group_rows
from icac.evaluation import evaluate
from icac.evaluation.results.tables import markdown, write_csv
from icac.inference import choose_device
from icac.models import find_model
from icac.progress import Plain
from icac.study.predictions import predict_cases
from icac.trainingset.manifest import read_manifest


def main() -> None:
    """Predict the cases of one split and write tables and figures to ``OUTPUT/evaluation``."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--model")
    parser.add_argument("--split", default="all", help="train, validation, test, or all (the default)")
    parser.add_argument("--part", default="1/1", help="predict only every n-th case, and judge nothing: 1/2 and 2/2 "
                                                      "predict a set in two processes")
    options = parser.parse_args()
    part, parts = map(int, options.part.split("/"))
    manifest = read_manifest(options.manifest, splits=options.split != "all")
    cases = manifest.cases if options.split == "all" else manifest.of_split(options.split)
    inputs = predict_cases(find_model(options.model), cases[part - 1::parts], options.output / "cases", options.output,
                           options.output, choose_device("auto"), Plain())
    if parts == 1:
        judged = evaluate(inputs, progress=Plain())
        judged.save(options.output / "evaluation")
        print((options.output / "evaluation" / "summary.md").read_text(encoding="utf-8"))
        groups = group_rows(judged.cases, facts_of(options.manifest))
        write_csv(groups, options.output / "evaluation" / "groups.csv")
        print(f"## By kind of patient and scan\n\n{markdown(groups)}")


if __name__ == "__main__":
    main()
