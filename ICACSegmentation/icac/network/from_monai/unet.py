"""MONAI's residual U-Net (Kerfoot et al. 2019, after Ronneberger et al. 2015 and Cicek et al. 2016)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from icac.network.from_monai.levels import CUBE, Levelled
from icac.network.interface.geometry import PaddedGeometry
from icac.network.interface.path import Layer, padded_geometry

if TYPE_CHECKING:
    from icac.network.interface.network import Network


@dataclass(frozen=True)
class MonaiUnet(Levelled):
    """A U-Net with residual units of two convolutions and batch normalisation; choices are those of `Levelled`."""

    kind: ClassVar[str] = "monai_unet"

    @property
    def title(self) -> str:
        """What the network is, in a few words."""
        return f"Residual U-Net of MONAI, {self.size}"

    @property
    def geometry(self) -> PaddedGeometry:
        """Of its longest path: two convolutions a level and at the bottom, an up-sampling and one on the way up."""
        return padded_geometry(self._path())

    def _path(self) -> Iterator[Layer]:
        for stride in self.strides:
            yield from (Layer(CUBE, stride), Layer(CUBE))
        yield from (Layer(CUBE), Layer(CUBE))
        for stride in reversed(self.strides):
            yield from (Layer(CUBE, stride, up=True), Layer(CUBE))

    def network(self) -> Network:
        """Make the network in torch; see :meth:`icac.network.interface.traced.TracedArchitecture.network`."""
        from icac.network.from_monai.networks import UnetNetwork

        return UnetNetwork(self)
