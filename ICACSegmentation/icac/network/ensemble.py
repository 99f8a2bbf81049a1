"""Several networks as one: the mean of their probabilities.

Each member is run on the part of the input that it needs, so that networks of different kinds and margins give their
outputs on the same voxels. The mean is taken of probabilities, before any temperature or prior: it keeps the expected
volume that its members agree on, and blurs calibration, which is therefore fitted anew (Popordanoska et al. 2021).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from icac.network.interface.architecture import Architecture
from icac.network.interface.choices import check_flags
from icac.network.interface.geometry import Geometry, Ranges, Triple
from icac.network.interface.table import by
from icac.three import three

#: Members at most: more are a mistake, and each costs a pass.
MOST = 50

#: Context (before, after) along z, y and x.
Margins = tuple[Triple, Triple]


@dataclass(frozen=True)
class EnsembleGeometry(Geometry):
    """What all members together need: the widest context, on a grid that fits the grids of all.

    Attributes
    ----------
    after : tuple of int
        Context after the output, (z, y, x); that before it is ``offset``.
    shared : tuple of int
        How many voxels neighbouring tiles should share.

    """

    after: Triple
    shared: Triple

    @property
    def overlap(self) -> Triple:
        """As many as the member that needs most."""
        return self.shared

    def output_shape(self, shape: Triple) -> Triple:
        """Return the shape of the output; see :meth:`Geometry.output_shape`."""
        for axis, n, least in zip("zyx", shape, self.input_shape((1, 1, 1)), strict=True):
            if n < least:
                raise ValueError(f"An input of {n} voxels along {axis} is too small.")
        return three((int(n) - before - after) // step * step for n, before, after, step
                     in zip(shape, self.offset, self.after, self.grid, strict=True))

    def input_shape(self, shape: Triple) -> Triple:
        """Return the smallest input for an output; see :meth:`Geometry.input_shape`."""
        return three(max(1, -(-int(n) // step)) * step + before + after for n, step, before, after
                     in zip(shape, self.grid, self.offset, self.after, strict=True))

    def window(self, index: Triple) -> Ranges:
        """Return a box that holds what any member sees for an output voxel: the context of its cell."""
        cells = (int(i) // step * step for i, step in zip(index, self.grid, strict=True))
        return three((cell, cell + before + step + after - 1) for cell, before, step, after
                     in zip(cells, self.offset, self.grid, self.after, strict=True))


@dataclass(frozen=True)
class Ensemble(Architecture):
    """Networks of which the mean probability is taken.

    Attributes
    ----------
    members : tuple of Architecture
    mirrored : bool
        Each member also sees the head with left and right swapped, and its answer is swapped back. What networks are
        told of the position is the same on both sides, and training swaps them at random, so that either view is as
        good.

    Raises
    ------
    ValueError
        If there are no members, too many, an ensemble among them, or members of different voxel sizes.

    """

    kind: ClassVar[str] = "ensemble"

    members: tuple[Architecture, ...]
    mirrored: bool = False

    def __post_init__(self) -> None:
        check_flags(self, "mirrored")
        if not 1 <= len(self.members) <= MOST:
            raise ValueError(f"An ensemble has 1 to {MOST} members, not {len(self.members)}.")
        if any(isinstance(member, Ensemble) for member in self.members):
            raise ValueError("An ensemble cannot be a member of another one.")
        if len({member.spacing_mm for member in self.members}) > 1:
            raise ValueError("The members of an ensemble must be made for voxels of one size.")

    @property
    def spacing_mm(self) -> tuple[float, float, float]:  # type: ignore[override]
        """Voxel size (x, y, z) of the members."""
        return self.members[0].spacing_mm

    @property
    def position(self) -> bool:  # type: ignore[override]
        """Whether any member is told the position; the others do without."""
        return any(member.position for member in self.members)

    @property
    def artery(self) -> bool:  # type: ignore[override]
        """Whether any member tells the inside of the carotids; the mean is of those."""
        return any(member.artery for member in self.members)

    @property
    def supervision(self) -> str:  # type: ignore[override]
        """Where the output means something: where that of all members does."""
        return "all" if all(member.supervision == "all" for member in self.members) else "calcium"

    @property
    def geometry(self) -> EnsembleGeometry:
        """Of all members together."""
        views = [margins for member in self.members for margins, _ in self.views(member)]
        before, after = (three(max(sides) for sides in zip(*(view[end] for view in views), strict=True))
                         for end in range(2))
        geometries = [member.geometry for member in self.members]
        field, shared = (three(map(max, zip(*rows, strict=True))) for rows in (
            [one.receptive_field for one in geometries], [one.overlap for one in geometries]))
        grid = three(math.lcm(*steps) for steps in zip(*(one.grid for one in geometries), strict=True))
        return EnsembleGeometry(field, grid, before, after, shared)

    def views(self, member: Architecture) -> Iterator[tuple[Margins, bool]]:
        """Yield the context that a member needs for each view of the head, and whether the view is mirrored."""
        geometry = member.geometry
        before, after = (three(side[end] for side in geometry.margins(geometry.grid)) for end in range(2))
        yield (before, after), False
        if self.mirrored:
            yield ((*before[:2], after[2]), (*after[:2], before[2])), True

    def to_dict(self) -> dict[str, Any]:
        """Return kind, members and choices as plain JSON values."""
        return {"kind": self.kind, "members": [member.to_dict() for member in self.members], "mirrored": self.mirrored}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Ensemble:
        """Make an ensemble from plain values; its members were read already. See :meth:`Architecture.from_dict`."""
        unknown = sorted(set(values) - {"kind", "members", "mirrored"})
        if unknown:
            raise ValueError(f"An ensemble has no choice called '{unknown[0]}'.")
        return cls(tuple(values["members"]), values.get("mirrored", False))

    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of every entry of the ``state_dict`` of the network, by its name."""
        return {f"members.{number}.{name}": shape for number, member in enumerate(self.members)
                for name, shape in member.weight_shapes().items()}

    def parameters(self) -> int:
        """Return the number of trained values of all members."""
        return sum(member.parameters() for member in self.members)

    def macs(self, shape: Triple) -> int:
        """Return the multiply-add operations of all passes over an input of ``shape`` (z, y, x)."""
        output = self.geometry.output_shape(shape)
        return (1 + self.mirrored) * sum(member.macs(member.geometry.input_shape(output)) for member in self.members)

    def forward_bytes(self, shape: Triple) -> int:
        """Return about how many bytes a pass takes at its peak: that of the largest member, inputs and outputs."""
        output = self.geometry.output_shape(shape)
        kept = self.inputs * math.prod(shape) + 4 * len(self.members) * self.outputs * math.prod(output)
        return 4 * kept + max(member.forward_bytes(member.geometry.input_shape(output)) for member in self.members)

    def describe(self) -> str:
        """Return a text that tells the members, and what they come to together."""
        geometry, views = self.geometry, " seen as it is and mirrored" if self.mirrored else ""
        rows = [f"{number}. {member.describe().splitlines()[0]} ({member.kind}, {member.parameters():,} parameters)"
                for number, member in enumerate(self.members, 1)]
        macs = self.macs(geometry.input_shape((64, 96, 96)))
        return "\n".join([
            f"Ensemble of {len(self.members)} networks,{views} of which the mean probability is taken", "", *rows, "",
            f"Receptive field  {by(geometry.receptive_field)}", f"Stride grid      {by(geometry.grid)}",
            f"Parameters       {self.parameters():,}",
            f"Operations       {macs / 1e9:.1f} G multiply-adds ({2 * macs / 1e9:.1f} GFLOP) for an output of "
            f"{by(geometry.output_shape(geometry.input_shape((64, 96, 96))))}"])
