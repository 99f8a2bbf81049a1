"""Is the map of a lesion true to the network? Deletion, and weights made random layer by layer.

    python Testing/benchmarks/attribution.py RESULT --lesion 1 [--steps 32] [--model NAME] -o attribution.csv

Deletion follows the score while the voxels that the map names first are set to the baseline, and while as many random
dense ones are. The cascade (Adebayo et al. 2018, arXiv 1810.03292) draws the weights of the network anew from the
output towards the input, some layers more each time, and ranks the voxels of the new map against those of the first: a
map that stays as it was shows the picture, not the network.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from icac.attribution.deletion import delete
from icac.attribution.explain import ask
from icac.attribution.integrated_gradients import STEPS, integrated_gradients
from icac.files import write_csv
from icac.network import build_network
from icac.network.interface.network import Network
from scipy.stats import spearmanr
from torch import nn

#: Shares of the convolutions that are drawn anew, from the output on.
SHARES = (0.1, 0.5, 1.0)


def main() -> None:
    """Follow the score and the ranks, write and print them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("result")
    parser.add_argument("--lesion", type=int, required=True)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--model", default="")
    parser.add_argument("-o", "--output", required=True)
    options = parser.parse_args()
    asked = ask(options.result, options.lesion, model=options.model, device="cpu")
    question = asked.question
    first = integrated_gradients(question.score, question.x, question.baseline, options.steps)
    found = delete(question.score, question.x, question.baseline, first, question.dense)
    rows = [{"what": "deletion", "share": share, "attributed_first": a, "random_first": r}
            for share, a, r in zip(found.shares, found.attributed, found.random, strict=True)]
    for share in SHARES:
        score = question.score.of(_drawn_anew(asked.model.load_network(fold=False), share))
        other = integrated_gradients(score, question.x, question.baseline, options.steps)
        ranks = spearmanr(np.abs(first[question.dense]), np.abs(other[question.dense])).statistic
        signed = spearmanr(first[question.dense], other[question.dense]).statistic
        rows.append({"what": "random weights", "share": share, "rank_correlation": float(signed),
                     "rank_correlation_of_sizes": float(ranks)})
    write_csv(Path(options.output), ("what", "share", "attributed_first", "random_first", "rank_correlation",
                                     "rank_correlation_of_sizes"), rows)
    for row in rows:
        print("  ".join(f"{name} {value:.3f}" if isinstance(value, float) else value for name, value in row.items()))


def _drawn_anew(network: Network, share: float) -> Network:
    """Return the network with the last share of its convolutions, and their normalisations, as before training."""
    torch.manual_seed(0)
    untrained = dict(build_network(network.config).named_modules())
    layers = [(name, layer) for name, layer in network.named_modules() if isinstance(layer, nn.Conv3d)
              and not name.startswith("heads")]
    for name, layer in layers[len(layers) - round(share * len(layers)):]:
        layer.load_state_dict(untrained[name].state_dict())
        beside = f"{name.rpartition('.')[0]}.norm"
        if beside in untrained and isinstance(norm := network.get_submodule(beside), nn.BatchNorm3d):
            norm.load_state_dict(untrained[beside].state_dict())
    return network.eval().requires_grad_(False)


if __name__ == "__main__":
    main()
