"""What 8-bit arithmetic would cost and bring: the network quantised after training (NNCF) beside the usual one.

    python Testing/benchmarks/int8.py MANIFEST [--calibration 4] [--cases 20]

MANIFEST lists training cases (``icac simulate N --format training``); the first serve to find the ranges of the feature
maps, the next are compared, on the network's grid. Needs ``nncf`` beside OpenVINO.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "ICACSegmentation")]

from icac.inference import predict_with  # noqa: E402
from icac.inference.openvino_engine import OpenVinoEngine  # noqa: E402
from icac.inference.openvino_graph import build_graph  # noqa: E402
from icac.models import find_model  # noqa: E402
from icac.network_region import plan_region, with_margins  # noqa: E402
from icac.training.calibration.held_out import _counted, _on, analysed  # noqa: E402
from icac.trainingset.cases import CaseArrays, read_case  # noqa: E402


class Recording(OpenVinoEngine):
    """The usual engine, which keeps what goes in."""

    def __init__(self, package: object) -> None:
        super().__init__(package)
        self.inputs: dict[tuple, list] = defaultdict(list)

    def logits(self, hu: np.ndarray, position: np.ndarray | None) -> np.ndarray:
        """Run the network once."""
        values = [hu[None, None].copy()] + ([] if position is None else [position[None].copy()])
        self.inputs[tuple(x.shape[2:] for x in values)].append(values)
        return super().logits(hu, position)


class Quantised(OpenVinoEngine):
    """The engine with weights and feature maps of 8 bits."""

    def __init__(self, package: object, inputs: dict[tuple, list]) -> None:
        super().__init__(package)
        self._inputs = inputs

    def _compile(self, shapes: tuple) -> object:
        if shapes not in self._compiled:
            import nncf

            graph = build_graph(self._weights, self.config, *shapes)
            data = nncf.Dataset(self._inputs[shapes])
            graph = nncf.quantize(graph, data, subset_size=len(self._inputs[shapes]))
            self._compiled[shapes] = self._core.compile_model(graph, "CPU", self._options)
        return self._compiled[shapes]


def main() -> None:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--calibration", type=int, default=4)
    parser.add_argument("--cases", type=int, default=20)
    options = parser.parse_args()
    with options.manifest.open(newline="", encoding="utf-8") as stream:
        paths = [options.manifest.parent / row["image"] for row in csv.DictReader(stream)]
    package = find_model(None)
    plan = plan_region("carotid", package.spec.architecture)

    def predict(engine: OpenVinoEngine, case: CaseArrays) -> tuple[np.ndarray, float]:
        hu = _on(with_margins(analysed()[0], package.spec.architecture.geometry), case.hu)
        start = time.perf_counter()
        probability = predict_with(engine, hu, package.spec.intensity, parts=plan.parts, position=plan.position,
                                   temperature=package.spec.temperature)
        return probability, time.perf_counter() - start

    usual = Recording(package)
    for path in paths[:options.calibration]:
        predict(usual, read_case(path))
    quantised = Quantised(package, dict(usual.inputs))
    engines = {"float32": OpenVinoEngine(package), "8 bits": quantised}
    predicted = {name: [] for name in engines}
    truths, seconds = [], {name: [] for name in engines}
    for path in paths[options.calibration:options.calibration + options.cases]:
        case = read_case(path)
        dense = _counted(case)
        truths.append(_on(analysed()[0], case.label, outside=0)[dense] > 0)
        for name, engine in engines.items():
            probability, took = predict(engine, case)
            predicted[name].append(probability[tuple(slice(0, n) for n in dense.shape)][dense])
            seconds[name].append(took)
    truth = np.concatenate(truths)
    usually = np.concatenate(predicted["float32"])
    print("| arithmetic | best pooled Dice | at | largest difference | s, median |\n|---|---|---|---|---|")
    for name, values in predicted.items():
        p = np.concatenate(values)
        dice, at = max((2 * truth[p >= t].sum() / max(truth.sum() + (p >= t).sum(), 1), t)
                       for t in np.arange(0.02, 0.9, 0.02))
        print(f"| {name} | {dice:.3f} | {at:.2f} | {np.abs(p - usually).max():.2f} | {np.median(seconds[name]):.2f} |")


if __name__ == "__main__":
    main()
