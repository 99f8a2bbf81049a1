"""The receptive field of a network as its gradient shows it."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from icac.network.interface.geometry import Triple
from icac.network.interface.network import Network
from icac.three import three


def measured_field(network: Network) -> Triple:
    """Return the box (z, y, x) that a voxel of the output sees: the largest of the voxels of a cell of the grid.

    The gradient of one voxel reaches all input voxels on which it depends. With weights that are all positive nothing
    cancels, and no ReLU is off. Axes are measured one after the other, in a bar of input one cell thick.

    Parameters
    ----------
    network : Network
        One that can be padded; its weights are replaced.

    """
    make_even(network.eval().pad(True))
    return three(field_along(network, axis, range(network.config.geometry.grid[axis])) for axis in range(3))


@torch.no_grad()
def make_even(network: Network) -> None:
    """Give all layers of a kind the same positive weights, such that values stay about 1."""
    for module in network.modules():
        if isinstance(module, nn.Conv3d | nn.ConvTranspose3d):
            module.weight.fill_(1 / module.weight[0].numel())
            if module.bias is not None:
                module.bias.zero_()
    for value in network.parameters():
        value.requires_grad_(False)


def field_along(network: Network, axis: int, phases: Iterable[int]) -> int:
    """Return how many voxels along an axis those of some places in a cell see at most, with even weights."""
    geometry = network.config.geometry
    step, field = geometry.grid[axis], geometry.receptive_field[axis]
    shape = list(geometry.grid)
    shape[axis] = (2 * -(-field // (2 * step)) + 3) * step
    x = torch.ones((1, network.config.inputs, *shape), requires_grad=True)
    found = network(x)
    assert isinstance(found, Tensor)
    middle = shape[axis] // (2 * step) * step
    line = found[0, 0].movedim(axis, 0)
    return max(_seen(line[middle + phase].sum(), x, axis) for phase in phases)


def _seen(value: Tensor, x: Tensor, axis: int) -> int:
    gradient, = torch.autograd.grad(value, x, retain_graph=True)
    places = gradient[0].abs().amax(0).movedim(axis, 0).flatten(1).amax(1).nonzero()
    return int(places.max() - places.min()) + 1
