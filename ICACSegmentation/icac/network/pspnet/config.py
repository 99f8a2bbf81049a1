"""The 2.5D network with pyramid pooling as an architecture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from icac.network.interface.choices import check_channels, check_dropout, check_width
from icac.network.interface.geometry import PaddedGeometry, Triple
from icac.network.interface.path import Layer, padded_geometry
from icac.network.interface.traced import TracedArchitecture

if TYPE_CHECKING:
    from icac.network.interface.network import Network

PLANE: Triple = (1, 3, 3)
HALF: Triple = (1, 2, 2)

#: Sides of the squares around each coarse value over which features are averaged, in coarse values of 2 mm.
WINDOWS = (3, 7, 13)

#: Residual blocks of two convolutions at full, half and quarter resolution.
BLOCKS = (1, 2, 2)


@dataclass(frozen=True)
class PspNet(TracedArchitecture):
    """Some slices in, the middle one out: residual blocks at three resolutions in plane, then pyramid pooling.

    PSPNet averages over 1, 2, 3 and 6 parts of its whole input. Then a voxel depends on the size of the tile; here the
    means are over squares of fixed sizes around each place, so that tiles equal the whole.

    Attributes
    ----------
    width : int
        Features at full resolution, doubled at each of the two coarser ones.
    slices : int
        Slices that are seen for one, odd, 1 to 15.
    dropout : float
        Probability with which features are dropped after the pooling.
    supervision, position, artery
        As of every kind.

    Raises
    ------
    ValueError
        If a value is not allowed.

    """

    kind: ClassVar[str] = "pspnet"

    width: int = 16
    slices: int = 5
    dropout: float = 0.1
    supervision: str = "calcium"
    position: bool = False
    artery: bool = False

    def __post_init__(self) -> None:
        check_width(self.width)
        check_channels(self)
        if type(self.slices) is not int or not 1 <= self.slices <= 15 or not self.slices % 2:
            raise ValueError("'slices' of this network must be an odd number from 1 to 15, not "
                             f"{str(self.slices)[:20]}.")
        check_dropout(self)

    @property
    def title(self) -> str:
        """What the network is, in a few words."""
        return f"2.5D network with pyramid pooling, {self.slices} slices, {self.width} features at full resolution"

    @property
    def geometry(self) -> PaddedGeometry:
        """Of its longest path, through the largest window of the pooling."""
        return padded_geometry(self._path())

    def _path(self) -> Iterator[Layer]:
        yield Layer((self.slices, 3, 3))
        for level, blocks in enumerate(BLOCKS):
            if level:
                yield Layer(PLANE, HALF)
            yield from [Layer(PLANE)] * (2 * blocks)
        yield Layer((1, WINDOWS[-1], WINDOWS[-1]))
        for _ in BLOCKS[1:]:
            yield from (Layer(HALF, HALF, up=True), Layer(PLANE))

    def network(self) -> Network:
        """Make the network in torch; see :meth:`icac.network.interface.traced.TracedArchitecture.network`."""
        from icac.network.pspnet.network import PspNetwork

        return PspNetwork(self)
