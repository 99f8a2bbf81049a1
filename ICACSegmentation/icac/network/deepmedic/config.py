"""The network of two paths as an architecture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from icac.network.interface.choices import check_channels, check_dropout, check_width
from icac.network.interface.geometry import Triple, ValidGeometry
from icac.network.interface.traced import TracedArchitecture
from icac.three import three

if TYPE_CHECKING:
    from icac.network.interface.network import Network

#: Convolutions of 3 x 3 x 3 on each path (Kamnitsas et al. 2017, section 2.2).
CONVOLUTIONS = 8

#: Voxels (z, y, x) that are averaged to one for the coarse path. The paper has three in all directions; these give
#: nearly the receptive field of the network of 2017, and a grid that is even.
FACTOR: Triple = (2, 4, 4)


@dataclass(frozen=True)
class DeepMedic(TracedArchitecture):
    """Two paths of eight valid convolutions: one on the voxels, one on their means around, joined by two layers.

    Attributes
    ----------
    width : int
        Features of the first layers; the others have 4/3 and 5/3 as many, the joining layers 5 times (30, 40, 50 and
        150 in the paper).
    dropout : float
        Probability with which values of the joining layers are dropped.
    supervision, position, artery
        As of every kind.

    Raises
    ------
    ValueError
        If a value is not allowed.

    """

    kind: ClassVar[str] = "deepmedic"

    width: int = 30
    dropout: float = 0.5
    supervision: str = "calcium"
    position: bool = False
    artery: bool = False

    def __post_init__(self) -> None:
        check_width(self.width)
        check_channels(self)
        check_dropout(self)

    @property
    def title(self) -> str:
        """What the network is, in a few words."""
        return f"Two paths after DeepMedic, {self.width} features in the first layers"

    @property
    def features(self) -> tuple[int, ...]:
        """Features of the eight layers of a path."""
        middle, late = 4 * self.width // 3, 5 * self.width // 3
        return (self.width,) * 2 + (middle,) * 4 + (late,) * 2

    @property
    def geometry(self) -> ValidGeometry:
        """Of the coarse path: a mean sees as many voxels as are averaged, and is the same for all of them."""
        return ValidGeometry(receptive_field=three(factor * (2 * CONVOLUTIONS + 1) for factor in FACTOR), grid=FACTOR,
                             offset=three(factor * CONVOLUTIONS for factor in FACTOR))

    def network(self) -> Network:
        """Make the network in torch; see :meth:`icac.network.interface.traced.TracedArchitecture.network`."""
        from icac.network.deepmedic.network import DeepMedicNetwork

        return DeepMedicNetwork(self)
