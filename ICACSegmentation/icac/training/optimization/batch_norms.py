"""Batch normalisation during training: statistics of the patch, frozen ones, or ones measured anew."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import nn


def set_training_mode(network: nn.Module, frozen_norm: bool) -> None:
    """Put a network into training mode; with ``frozen_norm`` batch normalisation stays as in use.

    A patch a step gives noisy statistics, unlike those of a whole head. Weights that end their training on the
    running statistics fit the ones they are used with.
    """
    network.train()
    if frozen_norm:
        for norm in _norms(network):
            norm.eval()


@torch.no_grad()
def remeasure_batch_norm(network: nn.Module, inputs: Iterable[torch.Tensor]) -> None:
    """Replace the running statistics of batch normalisation by their plain mean over ``inputs``.

    Averaged weights never saw the activations that the running statistics describe.

    Parameters
    ----------
    network : nn.Module
    inputs : iterable of Tensor
        Scaled patches (n, 1, z, y, x) on the device of the network.

    """
    norms = _norms(network)
    momenta = [norm.momentum for norm in norms]
    network.eval()
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
        norm.train()
    for patch in inputs:
        network(patch, auxiliary=True)
    network.eval()
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum


def _norms(network: nn.Module) -> list[nn.BatchNorm3d]:
    return [module for module in network.modules() if isinstance(module, nn.BatchNorm3d)]
