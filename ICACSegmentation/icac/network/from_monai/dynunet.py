"""MONAI's DynUNet, the U-Net of nnU-Net (Isensee et al. 2021) with chosen kernels and strides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from icac.network.from_monai.levels import CUBE, Levelled
from icac.network.interface.choices import check_flags
from icac.network.interface.geometry import PaddedGeometry
from icac.network.interface.path import Layer, padded_geometry

if TYPE_CHECKING:
    from icac.network.interface.network import Network


@dataclass(frozen=True)
class MonaiDynUnet(Levelled):
    """A U-Net with two convolutions a level each way, batch normalisation and leaky ReLU.

    nnU-Net normalises each instance, by statistics of the whole patch; then a voxel depends on the size of the tile,
    and tiles differ from the whole. Batch normalisation, used with its running statistics, does not have that.

    Attributes
    ----------
    deep_supervision : bool
        Auxiliary outputs on the levels of the way up but the lowest, for training.
    width, levels, dropout, supervision, position, artery
        As of :class:`Levelled`.

    """

    kind: ClassVar[str] = "monai_dynunet"

    levels: int = 4
    deep_supervision: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        check_flags(self, "deep_supervision")
        if self.deep_supervision and self.levels < 3:
            raise ValueError("Deep supervision needs a network of at least 3 levels; set deep_supervision to false.")

    @property
    def title(self) -> str:
        """What the network is, in a few words."""
        return f"DynUNet of MONAI, {self.size}" + (", deep supervision" if self.deep_supervision else "")

    @property
    def geometry(self) -> PaddedGeometry:
        """Of its longest path: two convolutions a level, and an up-sampling and two on the way up."""
        return padded_geometry(self._path())

    def _path(self) -> Iterator[Layer]:
        for stride in self.strides:
            yield from (Layer(CUBE, stride), Layer(CUBE))
        for stride in reversed(self.strides[1:]):
            yield from (Layer(stride, stride, up=True), Layer(CUBE), Layer(CUBE))

    def network(self) -> Network:
        """Make the network in torch; see :meth:`icac.network.interface.traced.TracedArchitecture.network`."""
        from icac.network.from_monai.networks import DynUnetNetwork

        return DynUnetNetwork(self)
