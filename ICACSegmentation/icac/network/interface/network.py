"""A network in torch, of whichever kind."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TypeVar

import torch
from torch import Tensor, nn

from icac.network.interface.architecture import Architecture


class Network(nn.Module, ABC):
    """Maps scaled CT, and position if told, to logits.

    Attributes
    ----------
    config : Architecture
        What network it is; its geometry says where the output lies.

    """

    config: Architecture

    @abstractmethod
    def forward(self, x: Tensor, auxiliary: bool = False) -> Tensor | tuple[Tensor, list[Tensor]]:
        """Compute logits; the probabilities of ICAC and of the inside of a carotid are their sigmoids.

        Parameters
        ----------
        x : torch.Tensor
            Scaled CT and, if the network is told it, position: shape (n, inputs, z, y, x).
        auxiliary : bool
            Also return the logits of auxiliary outputs, which only training uses.

        Returns
        -------
        torch.Tensor or (torch.Tensor, list of torch.Tensor)
            Logits, shape (n, outputs, z, y, x) of ``config.geometry.output_shape``; and, if asked for, auxiliary ones
            of ICAC on the same voxels, in an order of the network's own: an empty list if it has none.

        """

    @property
    def coarsest(self) -> nn.Module | None:
        """The layer whose output is the coarsest feature map, one value a cell of the grid; None if there is none.

        Its channels are :attr:`Architecture.coarsest_features`.
        """
        return None

    def pad(self, padded: bool) -> Network:
        """Choose whether the convolutions pad with zeros, and return the network.

        Padded, the output has the shape of the input, which must be a multiple of ``config.geometry.grid``, and voxel 0
        of the one lies on voxel 0 of the other.

        Raises
        ------
        ValueError
            If it is to be padded and cannot be, see :attr:`Architecture.can_pad`.

        """
        if padded:
            raise ValueError(f"Networks of the kind '{self.config.kind}' cannot be padded.")
        return self

    @abstractmethod
    def start_at(self, prior: float) -> None:
        """Make the untrained probability of ICAC, also of auxiliary outputs, ``prior`` on average."""

    def start_from(self, trained: Network) -> None:
        """Take the weights of a trained network of the same choices, with or without the output of the carotids.

        An output that the trained network lacks stays as it was drawn.

        Raises
        ------
        ValueError
            If the trained network is another one.

        """
        if trained.config.to_dict() | {"artery": self.config.artery} != self.config.to_dict():
            raise ValueError(f"another kind of network ({trained.config.to_json()})")
        _copy_first(trained.state_dict(), self.state_dict())


@torch.no_grad()
def _copy_first(given: Mapping[str, Tensor], taken: Mapping[str, Tensor]) -> None:
    """Copy weights of the same layers; of a layer with more outputs on one side, the first ones."""
    for name, value in taken.items():
        shared = slice(min(len(value), len(given[name]))) if value.ndim else ...
        value[shared] = given[name][shared]


def is_traced() -> bool:
    """Tell whether the network is run for another library, which follows what is done."""
    return bool(torch.jit.is_tracing())  # type: ignore[attr-defined]  # torch's own types leave this out


def draw_for_relu(module: nn.Module) -> None:
    """Draw weights of a convolution as He et al. 2015 (Delving deep into rectifiers), for ReLU; biases 0."""
    if isinstance(module, nn.Conv3d):
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        if module.bias is not None:
            nn.init.zeros_(module.bias)


AnyNetwork = TypeVar("AnyNetwork", bound=nn.Module)


def in_layout(network: AnyNetwork, layout: torch.memory_format) -> AnyNetwork:
    """Return the network itself, its weights in a layout of memory."""
    return network.to(memory_format=layout)  # type: ignore[call-overload]  # torch's own types leave this out
