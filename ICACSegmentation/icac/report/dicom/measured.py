"""The groups of a structured report: each lesion, each side, and all together, with what was measured of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from icac.anatomy import Segment, Side
from icac.lesions import Lesion
from icac.result import SegmentedScan


@dataclass(frozen=True)
class Measured:
    """What was measured of some lesions together.

    Attributes
    ----------
    name : str
        Unique within a result.
    lesions : tuple of Lesion
    side : Side or None
        None for both.
    segment : Segment or None
        Of a single lesion.

    """

    name: str
    lesions: tuple[Lesion, ...]
    side: Side | None = None
    segment: Segment | None = None

    @property
    def ids(self) -> frozenset[int]:
        """Ids of the lesions."""
        return frozenset(lesion.id for lesion in self.lesions)

    @property
    def volume_mm3(self) -> float:
        """Sum of the volumes."""
        return float(sum(lesion.volume_mm3 for lesion in self.lesions))

    @property
    def agatston(self) -> float:
        """Sum of the Agatston-type scores."""
        return float(sum(lesion.agatston for lesion in self.lesions))

    @property
    def mean_hu(self) -> float | None:
        """Mean over all voxels; None where there are none."""
        voxels = sum(lesion.voxels for lesion in self.lesions)
        return sum(lesion.mean_hu * lesion.voxels for lesion in self.lesions) / voxels if voxels else None

    @property
    def max_hu(self) -> float | None:
        """Highest value of all voxels; None where there are none."""
        return max((lesion.max_hu for lesion in self.lesions), default=None)


class Groups(NamedTuple):
    """All together, each side, and each lesion."""

    whole: Measured
    sides: list[Measured]
    lesions: list[Measured]


def groups_of(result: SegmentedScan) -> Groups:
    """Return what was measured of a result."""
    sides = [Measured(f"ICAC {side.value}", tuple(one for one in result.lesions if one.side is side), side)
             for side in Side]
    lesions = [Measured(f"ICAC lesion {one.id}, {one.side.value} {one.segment.name}", (one,), one.side, one.segment)
               for one in result.lesions]
    return Groups(Measured("ICAC", tuple(result.lesions)), sides, lesions)
