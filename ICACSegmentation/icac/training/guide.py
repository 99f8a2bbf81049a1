"""A second task for training: finding the arteries themselves, from the features that find their calcifications."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from icac.network import FCN
from icac.network.fcn import Classifier
from icac.network.layout import Convolution

#: Block of which the features are shared: the last before the classifier.
_SHARED = "B9"


class Outputs(NamedTuple):
    """Logits of a training step, all (n, 1, z, y, x)."""

    logits: Tensor
    """Of ICAC."""
    heads: list[Tensor]
    """Of ICAC by the auxiliary heads, if asked for."""
    artery: Tensor | None
    """Of the inside of an artery, if the network is guided."""


class GuidedNetwork(nn.Module):
    """A network and, in training only, a classifier of arteries on its last features.

    Parameters
    ----------
    network : FCN
    guided : bool
        Whether there is such a classifier.

    """

    def __init__(self, network: FCN, guided: bool) -> None:
        super().__init__()
        self.network = network
        self.guide = Classifier(Convolution("artery", network.config.width, 1, (1, 1, 1))) if guided else None

    def forward(self, x: Tensor, auxiliary: bool) -> Outputs:
        """Compute logits of a scaled patch (n, c, z, y, x); ``auxiliary``: also those of the heads."""
        shared: list[Tensor] = []
        keep = self.network.stages[_SHARED].register_forward_hook(lambda _module, _inputs, out: shared.append(out))
        try:
            out = self.network(x, auxiliary=auxiliary)
        finally:
            keep.remove()
        logits, heads = out if auxiliary else (out, [])
        return Outputs(logits, heads, self.guide(shared[0]) if self.guide is not None else None)

    def guide_state(self) -> dict[str, torch.Tensor] | None:
        """Return the weights of the classifier of arteries for a checkpoint."""
        return self.guide.state_dict() if self.guide is not None else None

    def load_guide(self, state: dict[str, Any] | None) -> None:
        """Take back what :meth:`guide_state` gave."""
        if self.guide is not None:
            self.guide.load_state_dict(state)
