"""A moving average of the weights of a network during training."""

from __future__ import annotations

import torch
from torch import nn


class WeightAverage:
    """Exponential moving average of parameters and batch-norm statistics.

    The decay starts low, ``(1 + n) / (10 + n)`` after n updates, so that the random first weights are soon forgotten.

    Parameters
    ----------
    network : nn.Module
    decay : float
        Share of the old average that is kept at each update.

    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        self.updates = 0
        self.values = {name: value.detach().clone() for name, value in network.state_dict().items()}

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        """Move the average towards the weights of ``network``."""
        self.updates += 1
        kept = min(self.decay, (1 + self.updates) / (10 + self.updates))
        for name, value in network.state_dict().items():
            average = self.values[name]
            if average.is_floating_point():
                average.lerp_(value, 1 - kept)
            else:
                average.copy_(value)

    def state_dict(self) -> dict[str, object]:
        """Return what a checkpoint needs."""
        return {"updates": self.updates, "values": self.values}

    def load_state_dict(self, state: dict) -> None:
        """Go on from a checkpoint."""
        self.updates = state["updates"]
        for name, value in state["values"].items():
            self.values[name].copy_(value)
