"""Judging a network on validation cases."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from lightning.fabric import Fabric
from torch import Tensor

from icac.logit_histogram import count_logits
from icac.network.interface.network import Network
from icac.training.patches.stream import ValidationCases


@torch.no_grad()
def count_validation(network: Network, cases: ValidationCases, chosen: Sequence[int], fabric: Fabric) -> np.ndarray:
    """Count the logits of the dense voxels of validation cases; the processes share the cases.

    Parameters
    ----------
    network : Network
    cases : ValidationCases
    chosen : sequence of int
        Which cases to use.
    fabric : Fabric

    Returns
    -------
    numpy.ndarray
        (cases, 2, bins), see `icac.logit_histogram.count_logits`; the same in all processes.

    """
    was_training = network.training
    network.eval()
    network.pad(False)
    counts = [np.zeros(0)] * len(chosen)
    empty = np.zeros_like(count_logits(np.zeros(0), np.zeros(0, bool)))
    for row, number in enumerate(chosen):
        if row % fabric.world_size != fabric.global_rank:
            counts[row] = empty
            continue
        patch, truth, mask = cases[number]
        patch = patch.to(fabric.device, memory_format=torch.channels_last_3d)
        with fabric.autocast():
            logits = network(patch)
        counts[row] = count_logits(logits[0, 0].float().cpu().numpy()[mask], truth[mask])
    network.train(was_training)
    total = torch.from_numpy(np.stack(counts)).to(fabric.device, torch.float32)
    summed = fabric.all_reduce(total, reduce_op="sum")
    assert isinstance(summed, Tensor)
    return summed.cpu().double().numpy()


def spread(count: int, most: int | None) -> list[int]:
    """Return at most ``most`` indices below ``count``, evenly spaced."""
    if most is None or most >= count:
        return list(range(count))
    return sorted({round(i * (count - 1) / max(most - 1, 1)) for i in range(most)})
