"""The deeply supervised residual dropout FCN of Bortsova et al. 2017 (arXiv 1706.01148) in torch.

Valid convolutions only; batch normalisation before every activation, the final sigmoid included; blocks are
pre-activated (He et al. 2016, Identity mappings in deep residual networks) with cropped identity shortcuts.
The layers are listed in :mod:`icac.network.bortsova2017.layout`, all crops come from ``trace`` beside it.

For training, :meth:`FCN.pad` has every convolution pad its input with zeros, so that a patch predicts all of its own
voxels: the same weights, and away from the border the same numbers, for a fraction of the work. Used valid, the
network computes six voxels for each that it predicts in a patch of 45 mm.
"""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn import functional

from icac.network.bortsova2017 import trace
from icac.network.bortsova2017.config import FcnConfig
from icac.network.bortsova2017.layout import (
    BOTTOM,
    CLASSIFIER,
    POOLED,
    Block,
    Convolution,
    Merge,
    Pyramid,
    Stage,
    heads,
    layout,
)
from icac.network.bortsova2017.norm import BatchNorm
from icac.network.bortsova2017.widen import widen
from icac.network.interface.geometry import Triple
from icac.network.interface.network import Network, draw_for_relu
from icac.three import three

#: Weight of a new patch in the running statistics. Training takes one patch a step, so torch's 0.1 would rest
#: on about ten patches; this rests on about twenty.
BATCH_NORM_MOMENTUM = 0.05


def _norm(features: int) -> BatchNorm:
    return BatchNorm(features, momentum=BATCH_NORM_MOMENTUM)


def crop(x: Tensor, start: Triple, shape: torch.Size | Triple) -> Tensor:
    """Return the part of ``x`` (n, c, z, y, x) of spatial ``shape`` that begins at ``start``."""
    z, y, w = (slice(s, s + n) for s, n in zip(start, shape, strict=True))
    return x[..., z, y, w]


def upsample(x: Tensor, factor: Triple) -> Tensor:
    """Repeat every value of ``x`` (n, c, z, y, x) along the axes."""
    if factor == (1, 1, 1):
        return x
    return functional.interpolate(x, scale_factor=tuple(map(float, factor)), mode="nearest")


def from_start(x: Tensor, start: Triple) -> Tensor:
    """Return ``x`` (n, c, z, y, x) from ``start`` on, its last values repeated so that it keeps its shape."""
    if start == (0, 0, 0):
        return x
    kept = crop(x, start, three(n - s for n, s in zip(x.shape[2:], start, strict=True)))
    return functional.pad(kept, [n for s in reversed(start) for n in (0, s)], mode="replicate")


class BlockDropout(nn.Module):
    """Drops all of an example at once, the rest of a batch grows: stochastic depth (Huang et al. 2016)."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, c, z, y, x) to the same shape."""
        if not self.training or not self.p:
            return x
        kept = torch.rand((len(x), 1, 1, 1, 1), device=x.device) >= self.p
        return x * (kept / (1 - self.p)).to(x.dtype)


#: What drops what a network drops at once.
_DROPOUTS: dict[str, type[nn.Module]] = {"values": nn.Dropout, "features": nn.Dropout3d, "block": BlockDropout}


class ActivatedConvolution(nn.Module):
    """Batch normalisation, ReLU, dropout if any, convolution."""

    def __init__(self, spec: Convolution, dropout: nn.Module | None = None) -> None:
        super().__init__()
        self.norm = _norm(spec.inputs)
        self.relu = nn.ReLU(inplace=True)  # safe: batch normalisation does not need its output to go back
        self.dropout = dropout or nn.Identity()
        self.conv = nn.Conv3d(spec.inputs, spec.outputs, spec.kernel, spec.stride)

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, inputs, z, y, x) to (n, outputs, smaller z, y, x)."""
        return self.conv(self.dropout(self.relu(self.norm(x))))


class ResidualBlock(nn.Module):
    """Two activated convolutions; adds its cropped input if the network is residual."""

    def __init__(self, spec: Block, config: FcnConfig) -> None:
        super().__init__()
        dropouts = {config.dropout: _DROPOUTS[config.dropped](spec.dropout)}
        first, second = spec.convolutions
        self.first = ActivatedConvolution(first, dropouts.get("before_first"))
        self.second = ActivatedConvolution(second, dropouts.get("before_second"))
        self.dropout = dropouts.get("before_addition", nn.Identity())
        self.residual = config.residual
        self.crop = trace.block_crop(spec.convolutions)
        self.padded = False

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, c, z, y, x) to (n, c, smaller z, y, x)."""
        out = self.dropout(self.second(self.first(x)))
        if not self.residual:
            return out
        return out + (x if self.padded else crop(x, self.crop, out.shape[2:]))


class MergeBlock(nn.Module):
    """Up-sample the coarse features, join the cropped fine ones, mix both by a 1 x 1 x 1 convolution."""

    def __init__(self, spec: Merge, config: FcnConfig) -> None:
        super().__init__()
        self.factor, self.crop = spec.factor, trace.skip_crop(spec, config.pyramid)
        self.start = trace.padded_starts()[spec.name]
        self.mix = ActivatedConvolution(spec.convolution)
        self.padded = False

    def forward(self, coarse: Tensor, fine: Tensor) -> Tensor:
        """Map (n, c1, z, y, x) and (n, c2, larger z, y, x) to (n, c2, factor * (z, y, x))."""
        coarse = upsample(coarse, self.factor)
        if self.padded:
            coarse = from_start(coarse, self.start)
        else:
            fine = crop(fine, self.crop, coarse.shape[2:])
        return self.mix(torch.cat((coarse, fine), dim=1))


class PyramidBlock(nn.Module):
    """Join features with their means over boxes around them, mix all by a 1 x 1 x 1 convolution."""

    def __init__(self, spec: Pyramid) -> None:
        super().__init__()
        self.reach = three(n // 2 for n in spec.kernel)
        self.mix = ActivatedConvolution(spec.convolution)
        self.padded = False

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, c, z, y, x) to (n, c, smaller z, y, x)."""
        around = functional.pad(x, [n for n in reversed(self.reach) for _ in range(2)]) if self.padded else x
        boxes = [around, *(functional.avg_pool3d(around, box, 1) for box in POOLED)]
        shape = boxes[-1].shape[2:]
        return self.mix(torch.cat([crop(one, three((n - k) // 2 for n, k in zip(one.shape[2:], shape, strict=True)),
                                        shape) for one in boxes], dim=1))


class Classifier(nn.Module):
    """Activated 1 x 1 x 1 convolution to a value an output, and the batch normalisation that makes them logits."""

    def __init__(self, spec: Convolution) -> None:
        super().__init__()
        self.score = ActivatedConvolution(spec)
        self.norm = _norm(spec.outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, c, z, y, x) to logits (n, outputs, z, y, x)."""
        return self.norm(self.score(x))


def _build(stage: Stage, config: FcnConfig) -> nn.Module:
    if isinstance(stage, Block):
        return ResidualBlock(stage, config)
    if isinstance(stage, Merge):
        return MergeBlock(stage, config)
    if isinstance(stage, Pyramid):
        return PyramidBlock(stage)
    if not stage.activated:
        return nn.Conv3d(stage.inputs, stage.outputs, stage.kernel, stage.stride)
    return Classifier(stage) if stage.name == CLASSIFIER else ActivatedConvolution(stage)


def bias_of(conv: nn.Conv3d) -> Tensor:
    """Return the biases of a convolution; all of this network have some."""
    assert conv.bias is not None
    return conv.bias


class FCN(Network):
    """The network.

    Parameters
    ----------
    config : FcnConfig
        Which member of the family to build. Weights are drawn from torch's current random state.

    """

    def __init__(self, config: FcnConfig | None = None) -> None:
        super().__init__()
        self.config = config or FcnConfig()
        stages = layout(self.config)
        self.stages = nn.ModuleDict({stage.name: _build(stage, self.config) for stage in stages})
        self.heads = nn.ModuleDict({block: Classifier(spec) for block, spec in heads(self.config)})
        self._skips = {stage.name: stage.skip for stage in stages if isinstance(stage, Merge)}
        self._places = {name: (trace.head_factor(name), trace.head_crop(name, self.config.pyramid))
                        for name in self.heads}
        self.padded = False
        self.apply(draw_for_relu)

    @property
    def coarsest(self) -> nn.Module:
        """The block at the bottom of the U."""
        return self.stages[BOTTOM]

    def pad(self, padded: bool) -> FCN:
        """Choose whether the convolutions pad with zeros, and return the network.

        Padded, the output has the shape of the input, which must be a multiple of the grid of the geometry, and voxel 0
        of the one lies on voxel 0 of the other.
        """
        for module in self.modules():
            if isinstance(module, nn.Conv3d):
                # An even size and stride 2: the second half of the padding is never reached, so that coarse value i
                # lies on fine value 2 i, on the same side of the pair that it is up-sampled to as without padding.
                module.padding = tuple(k // 2 for k in module.kernel_size) if padded else (0, 0, 0)
            elif isinstance(module, (ResidualBlock, MergeBlock, PyramidBlock)):
                module.padded = padded
        self.padded = padded
        return self

    def forward(self, x: Tensor, auxiliary: bool = False) -> Tensor | tuple[Tensor, list[Tensor]]:
        """Compute logits; the probabilities of ICAC and of the inside of a carotid are their sigmoids.

        Parameters
        ----------
        x : torch.Tensor
            Scaled CT and, if the network is told it, position: shape (n, 1 or 6, z, y, x); at least
            37 x 85 x 85.
        auxiliary : bool
            Also return the logits of the auxiliary heads.

        Returns
        -------
        torch.Tensor or (torch.Tensor, list of torch.Tensor)
            Logits, shape (n, 1 or 2, z, y, x), where the geometry says; and, if asked for, those of ICAC by the heads
            in the order of their blocks, up-sampled and cropped to the same voxels: an empty list without deep
            supervision.

        """
        kept: dict[str, Tensor] = {}
        coarse: dict[str, Tensor] = {}
        for name, stage in self.stages.items():
            x = stage(x, kept.pop(self._skips[name])) if name in self._skips else stage(x)
            if name in self._skips.values():
                kept[name] = x
            if auxiliary and name in self.heads:
                coarse[name] = self.heads[name](x)
        if not auxiliary:
            return x
        return x, [self._place(logits, name, x.shape[2:]) for name, logits in coarse.items()]

    @torch.no_grad()
    def start_at(self, prior: float) -> None:
        """Make the untrained output, and that of the heads, ``prior`` on average (Lin et al. 2017, focal loss, 4.1).

        The logits are normalised, so their mean and spread are those of the last batch normalisation. The spread of 2
        lets voxels that stand out reach the other side of 0 within the noise of the first steps.
        """
        for module in self.modules():
            if isinstance(module, Classifier):
                module.norm.bias.fill_(math.log(prior / (1 - prior)))
                module.norm.weight.fill_(2.0)

    def start_from(self, trained: Network) -> None:
        """Take the weights of a trained network that may be narrower: the output is then the same at first.

        See :meth:`Network.start_from` and :mod:`icac.network.bortsova2017.widen`.
        """
        mine, given = self.config, trained.config
        if (isinstance(mine, FcnConfig) and isinstance(given, FcnConfig)
                and replace(given, width=mine.width, artery=mine.artery) == mine):
            widen(given, trained.state_dict(), mine, self.state_dict())
        else:
            super().start_from(trained)

    def _place(self, logits: Tensor, block: str, shape: torch.Size) -> Tensor:
        """Bring a head's logits onto the output voxels."""
        factor, start = self._places[block]
        logits = upsample(logits, factor)
        return from_start(logits, trace.padded_starts()[block]) if self.padded else crop(logits, start, shape)
