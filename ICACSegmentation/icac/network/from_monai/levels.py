"""The choices of U-shaped networks: features, and resolutions that join voxels in plane first."""

from __future__ import annotations

from dataclasses import dataclass

from icac.network.interface.choices import check_channels, check_dropout, check_width
from icac.network.interface.geometry import Triple
from icac.network.interface.traced import TracedArchitecture

CUBE: Triple = (3, 3, 3)

#: Strides (z, y, x) by which each level is coarser than the one before; slices are thicker than pixels.
_STRIDES: tuple[Triple, ...] = ((1, 1, 1), (1, 2, 2), (2, 2, 2), (2, 2, 2), (2, 2, 2))


@dataclass(frozen=True)
class Levelled(TracedArchitecture):
    """A network of several resolutions.

    Attributes
    ----------
    width : int
        Features at full resolution, doubled at every level.
    levels : int
        Resolutions, 2 to 5: the second is half in plane, those below are half in all directions.
    dropout : float
        Probability with which values of features are dropped after every convolution.
    supervision, position, artery
        As of every kind.

    Raises
    ------
    ValueError
        If a value is not allowed.

    """

    width: int = 8
    levels: int = 3
    dropout: float = 0.0
    supervision: str = "calcium"
    position: bool = False
    artery: bool = False

    def __post_init__(self) -> None:
        check_width(self.width)
        check_channels(self)
        if type(self.levels) is not int or not 2 <= self.levels <= len(_STRIDES):
            raise ValueError(f"The levels of a network must be a whole number from 2 to {len(_STRIDES)}, not "
                             f"{str(self.levels)[:20]}.")
        check_dropout(self)

    @property
    def strides(self) -> tuple[Triple, ...]:
        """Strides (z, y, x) of the levels, from the first, which has none."""
        return _STRIDES[:self.levels]

    @property
    def features(self) -> list[int]:
        """Features of the levels."""
        return [self.width * 2 ** level for level in range(self.levels)]

    @property
    def size(self) -> str:
        """Levels and features in words."""
        return f"{self.levels} levels, {self.width} features at full resolution"
