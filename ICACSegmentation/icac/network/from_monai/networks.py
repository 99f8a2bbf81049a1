"""MONAI's networks in torch, as networks of this software."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor, nn
from torch.nn import functional

from icac.network.from_monai.dynunet import MonaiDynUnet
from icac.network.from_monai.levels import CUBE
from icac.network.from_monai.library import nets
from icac.network.from_monai.unet import MonaiUnet
from icac.network.from_monai.vnet import MonaiVnet
from icac.network.interface.padded import PaddedNetwork


class UnetNetwork(PaddedNetwork):
    """The U-Net of a :class:`MonaiUnet`."""

    def __init__(self, config: MonaiUnet) -> None:
        super().__init__()
        self.config = config
        features = [*config.features, config.features[-1]]
        self.net = nets(config.kind).UNet(3, config.inputs, config.outputs, features, config.strides, num_res_units=2,
                                          norm="BATCH", dropout=config.dropout)

    def whole(self, x: Tensor, auxiliary: bool) -> tuple[Tensor, list[Tensor]]:
        """Compute logits; it has no auxiliary ones."""
        return self.net(x), []

    def last(self) -> Iterator[nn.Conv3d | nn.ConvTranspose3d]:
        """Yield the last convolution."""
        yield _convolutions(self.net)[-1]


class DynUnetNetwork(PaddedNetwork):
    """The U-Net of a :class:`MonaiDynUnet`: MONAI's layers, each under one name, where DynUNet has two for most."""

    def __init__(self, config: MonaiDynUnet) -> None:
        super().__init__()
        self.config = config
        made = nets(config.kind).DynUNet(
            3, config.inputs, config.outputs, [CUBE] * config.levels, config.strides, config.strides[1:],
            config.features, config.dropout or None, "BATCH", deep_supervision=config.deep_supervision,
            deep_supr_num=max(1, config.levels - 2))
        self.down = nn.ModuleList([made.input_block, *made.downsamples])
        self.bottom = made.bottleneck
        self.up = made.upsamples
        self.score = made.output_block
        self.heads = made.deep_supervision_heads if config.deep_supervision else nn.ModuleList()

    def whole(self, x: Tensor, auxiliary: bool) -> tuple[Tensor, list[Tensor]]:
        """Compute logits, and those of the heads on all levels on the way up but the finest and the bottom."""
        kept = []
        for down in self.down:
            x = down(x)
            kept.append(x)
        x, levels = self.bottom(x), []
        for up in self.up:
            x = up(x, kept.pop())
            levels.append(x)
        heads = zip(self.heads, levels[-2::-1], strict=False) if auxiliary else ()
        return self.score(x), [functional.interpolate(head(level)[:, :1], x.shape[2:]) for head, level in heads]

    def last(self) -> Iterator[nn.Conv3d | nn.ConvTranspose3d]:
        """Yield the convolutions that give the logits and the auxiliary ones."""
        for block in (self.score, *self.heads):
            yield from _convolutions(block)


class VnetNetwork(PaddedNetwork):
    """The V-Net of a :class:`MonaiVnet`."""

    def __init__(self, config: MonaiVnet) -> None:
        super().__init__()
        self.config = config
        self.missing = config.channels - config.inputs
        dropout = config.dropout
        self.net = nets(config.kind).VNet(3, config.channels, config.outputs, dropout_prob_down=dropout,
                                          dropout_prob_up=(dropout, dropout))

    def whole(self, x: Tensor, auxiliary: bool) -> tuple[Tensor, list[Tensor]]:
        """Compute logits; it has no auxiliary ones."""
        return self.net(functional.pad(x, (0, 0, 0, 0, 0, 0, 0, self.missing)) if self.missing else x), []

    def last(self) -> Iterator[nn.Conv3d | nn.ConvTranspose3d]:
        """Yield the last convolution."""
        yield _convolutions(self.net)[-1]


def _convolutions(module: nn.Module) -> list[nn.Conv3d | nn.ConvTranspose3d]:
    return [part for part in module.modules() if isinstance(part, nn.Conv3d | nn.ConvTranspose3d)]
