"""Rewriting a trained network so that it gives the same output with less work and memory.

Only what is exact: batch normalisations that directly follow a convolution are merged into it, and the
1 x 1 x 1 convolution of a merge is taken apart so that its coarse half runs before the up-sampling. The remaining
batch normalisations come after an addition or before a ReLU that other layers share, and stay.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from icac.network.bortsova2017.fcn import (
    FCN,
    ActivatedConvolution,
    Classifier,
    MergeBlock,
    ResidualBlock,
    bias_of,
    crop,
    upsample,
)
from icac.network.bortsova2017.layout import POINT, Convolution


@torch.no_grad()
def fold_network(network: FCN) -> None:
    """Rewrite ``network`` in place; its output stays the same to rounding, but it can no longer be trained.

    Raises
    ------
    ValueError
        If the network is in training mode, in which batch normalisation depends on the input.

    """
    if network.training:
        raise ValueError("Only a network in eval mode can be folded.")
    for module in list(network.modules()):
        if isinstance(module, ResidualBlock):
            _fold(module.first.conv, module.second.norm)
            module.second.register_module("norm", nn.Identity())
        elif isinstance(module, Classifier):
            _fold(module.score.conv, module.norm)
            module.register_module("norm", nn.Identity())
    for name, stage in network.stages.items():
        if isinstance(stage, MergeBlock):
            network.stages[name] = SplitMerge(stage)


def _fold(conv: nn.Conv3d, norm: nn.BatchNorm3d) -> None:
    """Merge a batch normalisation into the convolution right before it."""
    mean, variance, bias = norm.running_mean, norm.running_var, bias_of(conv)
    assert mean is not None and variance is not None  # torch's own default, which the network keeps
    scale = norm.weight / torch.sqrt(variance + norm.eps)
    conv.weight *= scale.view(-1, 1, 1, 1, 1)
    bias.copy_((bias - mean) * scale + norm.bias)


class SplitMerge(nn.Module):
    """A merge whose 1 x 1 x 1 convolution mixes coarse and fine features apart and adds the results.

    Normalisation, ReLU and a convolution of one voxel do not look at neighbours, so they give the same before as
    after nearest-neighbour up-sampling, at a fraction of the voxels.
    """

    def __init__(self, merge: MergeBlock) -> None:
        super().__init__()
        self.factor, self.crop = merge.factor, merge.crop
        fine = merge.mix.conv.out_channels
        coarse = merge.mix.conv.in_channels - fine
        self.coarse = _part(merge.mix, slice(0, coarse))
        self.fine = _part(merge.mix, slice(coarse, coarse + fine))
        bias_of(self.coarse.conv).zero_()

    def forward(self, coarse: Tensor, fine: Tensor) -> Tensor:
        """Map (n, c1, z, y, x) and (n, c2, larger z, y, x) to (n, c2, factor * (z, y, x))."""
        coarse = upsample(self.coarse(coarse), self.factor)
        return coarse.add_(self.fine(crop(fine, self.crop, coarse.shape[2:])))


def _part(mix: ActivatedConvolution, channels: slice) -> ActivatedConvolution:
    """Return the activated convolution of some input channels of ``mix``."""
    count = channels.stop - channels.start
    with torch.random.fork_rng(devices=()):  # first weights are drawn at random, if only to be replaced
        part = ActivatedConvolution(Convolution("part", count, mix.conv.out_channels, POINT))
    part = part.to(mix.conv.weight).requires_grad_(False).eval()
    for name in ("weight", "bias", "running_mean", "running_var"):
        getattr(part.norm, name).copy_(getattr(mix.norm, name)[channels])
    part.norm.eps = mix.norm.eps
    part.conv.weight.copy_(mix.conv.weight[:, channels])
    bias_of(part.conv).copy_(bias_of(mix.conv))
    return part
