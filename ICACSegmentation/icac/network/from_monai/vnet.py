"""MONAI's V-Net (Milletari et al. 2016)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from icac.network.interface.choices import check_channels, check_dropout
from icac.network.interface.geometry import PaddedGeometry, Triple
from icac.network.interface.path import Layer, padded_geometry
from icac.network.interface.traced import TracedArchitecture

if TYPE_CHECKING:
    from icac.network.interface.network import Network

_FIVE: Triple = (5, 5, 5)
_TWO: Triple = (2, 2, 2)

#: Convolutions on the four levels down, and on those up again.
_DOWN, _UP = (1, 2, 3, 2), (2, 2, 1, 1)

#: Voxels (z, y, x) that are cut off at each end. The padding reaches twelve times as far, which nobody could afford;
#: neighbouring tiles overlap instead and are averaged, so that they differ a little from one pass over the whole.
_CUT: Triple = (16, 16, 16)

#: MONAI's V-Net adds its input to its first 16 features: it takes so many channels.
_INPUTS = (1, 2, 4, 8, 16)


@dataclass(frozen=True)
class MonaiVnet(TracedArchitecture):
    """A V-Net of 16 features at full resolution and five levels, half in all directions each, as MONAI has it.

    Attributes
    ----------
    dropout : float
        Probability with which features are dropped on the coarser levels.
    supervision, position, artery
        As of every kind.

    Raises
    ------
    ValueError
        If a value is not allowed.

    """

    kind: ClassVar[str] = "monai_vnet"

    dropout: float = 0.5
    supervision: str = "calcium"
    position: bool = False
    artery: bool = False

    def __post_init__(self) -> None:
        check_channels(self)
        check_dropout(self)

    @property
    def title(self) -> str:
        """What the network is, in a few words."""
        return "V-Net of MONAI, 5 levels, 16 features at full resolution"

    @property
    def channels(self) -> int:
        """Channels that V-Net is given: those of the input, and zeros up to a number that it takes."""
        return next(n for n in _INPUTS if n >= self.inputs)

    @property
    def geometry(self) -> PaddedGeometry:
        """Of its longest path; less is cut off than its padding reaches."""
        return padded_geometry(self._path(), _CUT)

    def _path(self) -> Iterator[Layer]:
        yield Layer(_FIVE)
        for convolutions in _DOWN:
            yield from (Layer(_TWO, _TWO), *[Layer(_FIVE)] * convolutions)
        for convolutions in _UP:
            yield from (Layer(_TWO, _TWO, up=True), *[Layer(_FIVE)] * convolutions)
        yield Layer(_FIVE)

    def network(self) -> Network:
        """Make the network in torch; see :meth:`icac.network.interface.traced.TracedArchitecture.network`."""
        from icac.network.from_monai.networks import VnetNetwork

        return VnetNetwork(self)
