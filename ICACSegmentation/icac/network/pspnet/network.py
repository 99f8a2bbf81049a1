"""The 2.5D network with pyramid pooling in torch."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional

from icac.network.interface.geometry import Triple
from icac.network.interface.network import draw_for_relu
from icac.network.interface.padded import PaddedNetwork
from icac.network.interface.path import ONCE
from icac.network.pspnet.config import BLOCKS, HALF, PLANE, WINDOWS, PspNet
from icac.three import three


class PspNetwork(PaddedNetwork):
    """The network of a :class:`PspNet`."""

    def __init__(self, config: PspNet) -> None:
        super().__init__()
        self.config = config
        features = [config.width * 2 ** level for level in range(len(BLOCKS))]
        self.stem = _unit(config.inputs, features[0], (config.slices, 3, 3))
        self.levels = nn.ModuleList(_level(features, level, blocks) for level, blocks in enumerate(BLOCKS))
        self.pyramid = Pyramid(features[-1], config.dropout)
        self.raised = nn.ModuleList(_unit(coarse + fine, fine, PLANE)
                                    for coarse, fine in zip(features[:0:-1], features[-2::-1], strict=True))
        self.score = nn.Conv3d(features[0], config.outputs, 1)
        self.apply(draw_for_relu)

    def whole(self, x: Tensor, auxiliary: bool) -> tuple[Tensor, list[Tensor]]:
        """Compute logits; it has no auxiliary ones."""
        x, kept = self.stem(x), []
        for level in self.levels:
            x = level(x)
            kept.append(x)
        x = self.pyramid(kept.pop())
        for raised in self.raised:
            x = functional.interpolate(x, scale_factor=three(map(float, HALF)), mode="nearest")
            x = raised(torch.cat((x, kept.pop()), dim=1))
        return self.score(x), []

    def last(self) -> Iterator[nn.Conv3d | nn.ConvTranspose3d]:
        """Yield the last convolution."""
        yield self.score


class Pyramid(nn.Module):
    """Joins features with their means over squares of several sizes, each brought to a share of the features."""

    def __init__(self, features: int, dropout: float) -> None:
        super().__init__()
        share = max(1, features // (len(WINDOWS) + 1))
        self.parts = nn.ModuleList(_unit(features, share, ONCE) for _ in WINDOWS)
        self.mix = nn.Sequential(_unit(features + share * len(WINDOWS), features, ONCE), nn.Dropout3d(dropout))

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, c, z, y, x) to the same shape."""
        means = (_mean_around(x, side) for side in WINDOWS)
        return self.mix(torch.cat([x, *(part(mean) for part, mean in zip(self.parts, means, strict=True))], dim=1))


def _mean_around(x: Tensor, side: int) -> Tensor:
    """Return the mean over a square around each value; beyond the border there is 0, also where all is border."""
    return functional.avg_pool3d(functional.pad(x, (side // 2,) * 4), (1, side, side), 1)


class Residual(nn.Module):
    """Two convolutions in plane, and their input added."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.first = _unit(features, features, PLANE)
        self.second = nn.Sequential(*list(_unit(features, features, PLANE))[:-1])

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, c, z, y, x) to the same shape."""
        return functional.relu(x + self.second(self.first(x)))


def _level(features: list[int], level: int, blocks: int) -> nn.Sequential:
    down = [_unit(features[level - 1], features[level], PLANE, HALF)] if level else []
    return nn.Sequential(*down, *(Residual(features[level]) for _ in range(blocks)))


def _unit(given: int, taken: int, kernel: Triple, stride: Triple = ONCE) -> nn.Sequential:
    """Return a padded convolution, batch normalisation and ReLU."""
    return nn.Sequential(nn.Conv3d(given, taken, kernel, stride, three(k // 2 for k in kernel), bias=False),
                         nn.BatchNorm3d(taken), nn.ReLU(inplace=True))
