"""A network in torch whose layers pad their input with zeros."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from icac.network.interface.network import Network, is_traced


class PaddedNetwork(Network):
    """Runs layers that keep the shape of their input, and cuts off their output what the padding reached.

    Every size is a constant or follows from the input, so that a trace for one size holds for all.
    """

    padded = False

    @abstractmethod
    def whole(self, x: Tensor, auxiliary: bool) -> tuple[Tensor, list[Tensor]]:
        """Compute logits (n, outputs, z, y, x) on all voxels of ``x``, whole cells of the grid, and auxiliary ones."""

    @abstractmethod
    def last(self) -> Iterator[nn.Conv3d | nn.ConvTranspose3d]:
        """Yield the layers that give logits; each has a bias."""

    def forward(self, x: Tensor, auxiliary: bool = False) -> Tensor | tuple[Tensor, list[Tensor]]:
        """Compute logits; see :meth:`Network.forward`."""
        logits, others = self.whole(self._whole_cells(x), auxiliary)
        logits, others = self._cut(logits), [self._cut(other) for other in others]
        return (logits, others) if auxiliary else logits

    def pad(self, padded: bool) -> PaddedNetwork:
        """Choose whether what the padding reached is kept; see :meth:`Network.pad`."""
        self.padded = padded
        return self

    @torch.no_grad()
    def start_at(self, prior: float) -> None:
        """Make the untrained probability of ICAC ``prior`` on average, by the biases of the last layers."""
        for layer in self.last():
            assert layer.bias is not None
            layer.bias.fill_(math.log(prior / (1 - prior)))

    def _whole_cells(self, x: Tensor) -> Tensor:
        if is_traced():  # engines give whole cells
            return x
        z, y, w = (n // step * step for n, step in zip(x.shape[2:], self.config.geometry.grid, strict=True))
        return x[..., :z, :y, :w]

    def _cut(self, x: Tensor) -> Tensor:
        return x if self.padded else without_border(x, self.config.geometry.offset)


def without_border(x: Tensor, cut: tuple[int, int, int]) -> Tensor:
    """Return ``x`` (n, c, z, y, x) without ``cut`` voxels at each end of every axis."""
    z, y, w = (slice(n, -n) if n else slice(None) for n in cut)
    return x[..., z, y, w]
