"""The network of the second look in torch."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from icac.network.straight.config import Block, StraightConfig


class StraightNetwork(nn.Module):
    """Maps what is shown of a carotid drawn out straight to log-odds to be added.

    Parameters
    ----------
    config : StraightConfig

    """

    def __init__(self, config: StraightConfig) -> None:
        super().__init__()
        self.config = config
        for block in (*config.down, *config.up):
            self.add_module(block.name, _TwoConvolutions(block))
        self.score = nn.Conv3d(config.width, 1, 1)
        for parameter in self.score.parameters():
            nn.init.zeros_(parameter)

    def forward(self, x: Tensor) -> Tensor:
        """Compute log-odds, (n, 1, section, outward, right angle), of (n, channels, ...) in multiples of ``GRID``."""
        seen: list[Tensor] = []
        for block in self.config.down:
            x = self.get_submodule(block.name)(functional.max_pool3d(x, 2) if seen else x)
            seen.append(x)
        for block, beside in zip(self.config.up, seen[-2::-1], strict=True):
            x = torch.cat([functional.interpolate(x, scale_factor=2, mode="nearest"), beside], dim=1)
            x = self.get_submodule(block.name)(x)
        return self.score(x)


class _TwoConvolutions(nn.Module):
    def __init__(self, block: Block) -> None:
        super().__init__()
        self.first = _Convolution(block.inputs, block.outputs)
        self.second = _Convolution(block.outputs, block.outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.second(self.first(x))


class _Convolution(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv3d(inputs, outputs, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm3d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(self.norm(self.conv(x)), inplace=True)
