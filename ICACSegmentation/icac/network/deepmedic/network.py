"""The network of two paths in torch."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn import functional

from icac.network.deepmedic.config import CONVOLUTIONS, FACTOR, DeepMedic
from icac.network.interface.network import Network, draw_for_relu, is_traced
from icac.network.interface.padded import without_border
from icac.three import three


class DeepMedicNetwork(Network):
    """The network of a :class:`DeepMedic`."""

    def __init__(self, config: DeepMedic) -> None:
        super().__init__()
        self.config = config
        features = (config.inputs, *config.features)
        self.fine, self.coarse = _path(features), _path(features)
        joined = 5 * config.width
        self.join = nn.Sequential(*_joining(2 * features[-1], joined, config.dropout),
                                  *_joining(joined, joined, config.dropout))
        self.score = nn.Conv3d(joined, config.outputs, 1)
        self.padded = False
        self.apply(draw_for_relu)

    def pad(self, padded: bool) -> DeepMedicNetwork:
        """Choose whether the convolutions pad with zeros; see :meth:`Network.pad`."""
        for module in (*self.fine.modules(), *self.coarse.modules()):
            if isinstance(module, nn.Conv3d):
                module.padding = (1, 1, 1) if padded else (0, 0, 0)
        self.padded = padded
        return self

    def forward(self, x: Tensor, auxiliary: bool = False) -> Tensor | tuple[Tensor, list[Tensor]]:
        """Compute logits; see :meth:`Network.forward`. It has no auxiliary ones."""
        if not is_traced():  # engines give whole cells
            z, y, w = (n // factor * factor for n, factor in zip(x.shape[2:], FACTOR, strict=True))
            x = x[..., :z, :y, :w]
        around = functional.interpolate(self.coarse(functional.avg_pool3d(x, FACTOR)),
                                        scale_factor=three(map(float, FACTOR)), mode="nearest")
        near = self.fine(x if self.padded else without_border(x, _BEYOND))
        logits = self.score(self.join(torch.cat((near, around), dim=1)))
        return (logits, []) if auxiliary else logits

    @torch.no_grad()
    def start_at(self, prior: float) -> None:
        """Make the untrained probability of ICAC ``prior`` on average, by the bias of the last layer."""
        assert self.score.bias is not None
        self.score.bias.fill_(math.log(prior / (1 - prior)))


#: What the coarse path sees farther than the fine one, (z, y, x) voxels at each end.
_BEYOND = three((factor - 1) * CONVOLUTIONS for factor in FACTOR)


def _path(features: Iterable[int]) -> nn.Sequential:
    layers, given = [], None
    for taken in features:
        if given is not None:
            layers += [nn.Conv3d(given, taken, 3), nn.BatchNorm3d(taken), nn.PReLU(taken)]
        given = taken
    return nn.Sequential(*layers)


def _joining(given: int, taken: int, dropout: float) -> tuple[nn.Module, ...]:
    return nn.Dropout(dropout), nn.Conv3d(given, taken, 1), nn.BatchNorm3d(taken), nn.PReLU(taken)
