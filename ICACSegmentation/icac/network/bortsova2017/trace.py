"""The sizes and places of all feature maps, and the geometry of the network that follows.

All of it comes from the layer list in :mod:`icac.network.bortsova2017.layout`; nothing is measured or written down.
Shapes and offsets are in voxels in the axis order of arrays, (z, y, x).

Value ``i`` of a feature map lies at input position ``position + jump * i`` along an axis. Convolutions keep
that centred. Nearest-neighbour up-sampling spreads a coarse value over the voxels around its position, so the
coarse path of the output lies at half a voxel (40.5 in plane, 17.5 in z). Every crop rounds such a half up.
Therefore crops do not depend on the size of the input, a tile equals the same part of the whole output
wherever its place is a multiple of the grid, and the full-resolution path of output voxel 0 lies exactly on the
input voxel of the offset.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

from icac.network.bortsova2017.choices import FcnChoices
from icac.network.bortsova2017.layout import CLASSIFIER, HEADS, Convolution, Merge, Pyramid, Stage, convolutions, layout
from icac.network.interface.geometry import Triple, ValidGeometry
from icac.three import three

AXES = (0, 1, 2)


@dataclass(frozen=True)
class AxisMap:
    """A feature map along one axis: its size and where its values lie in the input.

    Attributes
    ----------
    size : int
        Number of values.
    jump : int
        Distance of neighbouring values, in input voxels.
    position : float
        Input position of value 0.
    field : int
        Receptive field: number of input voxels that a value sees.

    """

    size: int
    jump: int = 1
    position: float = 0.0
    field: int = 1

    def convolved(self, kernel: int, stride: int) -> AxisMap:
        """Return the map after a valid convolution."""
        reach = (kernel - 1) * self.jump
        return AxisMap((self.size - kernel) // stride + 1, self.jump * stride, self.position + reach / 2,
                       self.field + reach)

    def upsampled(self, factor: int) -> AxisMap:
        """Return the map after nearest-neighbour up-sampling."""
        jump = self.jump // factor
        position = self.position - (self.jump - jump) / 2
        return replace(self, size=self.size * factor, jump=jump, position=position)

    def crop_onto(self, target: AxisMap) -> int:
        """Return how many values to cut off the start so that value 0 lies on ``target``'s, or just above."""
        return math.ceil((target.position - self.position) / self.jump)


@lru_cache(maxsize=2)
def _stages(pyramid: bool = False) -> tuple[Stage, ...]:
    """Return the main path; of the choices, only the pyramid changes its geometry."""
    return layout(FcnChoices(pyramid=pyramid))


@lru_cache(maxsize=4096)
def trace(size: int, axis: int, pyramid: bool = False) -> dict[str, AxisMap]:
    """Follow an input of ``size`` voxels along ``axis`` (0 = z) through the network, with a pyramid or without.

    Returns
    -------
    dict of str to AxisMap
        The map after every convolution, by its name, and after every block, by the block's name; ``up`` of a
        merge is under its name and " up", the means of a pyramid under its name and " pooled".

    Raises
    ------
    ValueError
        If the input is smaller than the receptive field.

    """
    maps: dict[str, AxisMap] = {}
    now = AxisMap(size)
    for stage in _stages(pyramid):
        if isinstance(stage, Merge):
            now = maps[f"{stage.name} up"] = now.upsampled(stage.factor[axis])
        elif isinstance(stage, Pyramid):
            now = maps[f"{stage.name} pooled"] = now.convolved(stage.kernel[axis], 1)
        for conv in convolutions(stage):
            now = maps[conv.name] = now.convolved(conv.kernel[axis], conv.stride[axis])
            if now.size < 1:
                raise ValueError(f"An input of {size} voxels along {'zyx'[axis]} is too small.")
        maps[stage.name] = now
    return maps


def _last(maps: dict[str, AxisMap]) -> AxisMap:
    return maps[CLASSIFIER]


@lru_cache(maxsize=2)
def _large(pyramid: bool) -> tuple[dict[str, AxisMap], ...]:
    """Return the maps of an input large enough for every layer; only sizes depend on the input."""
    return tuple(trace(256, axis, pyramid) for axis in AXES)


@lru_cache(maxsize=2)
def geometry(pyramid: bool = False) -> ValidGeometry:
    """Return the geometry of the network, the same whatever its other choices."""
    large = _large(pyramid)
    return ValidGeometry(receptive_field=three(_last(maps).field for maps in large),
                         grid=three(max(m.jump for m in maps.values()) for maps in large),
                         offset=three(math.ceil(_last(maps).position) for maps in large))


def skip_crop(merge: Merge, pyramid: bool = False) -> Triple:
    """Return the start of the part of the skipped block's output that ``merge`` concatenates."""
    return three(maps[merge.skip].crop_onto(maps[f"{merge.name} up"]) for maps in _large(pyramid))


def block_crop(stage_convolutions: tuple[Convolution, ...]) -> Triple:
    """Return what valid convolutions of stride 1 cut off at the start: where a residual shortcut begins."""
    return three(sum(c.kernel[axis] - 1 for c in stage_convolutions) // 2 for axis in AXES)


def head_factor(block: str) -> Triple:
    """Return the factor by which the auxiliary head on ``block`` is up-sampled to full resolution."""
    return three(maps[block].jump for maps in _large(False))


def head_crop(block: str, pyramid: bool = False) -> Triple:
    """Return the start of the part of the up-sampled head on ``block`` that covers the output."""
    return three(maps[block].upsampled(maps[block].jump).crop_onto(_last(maps)) for maps in _large(pyramid))


@lru_cache(maxsize=1)
def padded_starts() -> dict[str, Triple]:
    """Return where up-sampled values begin to be used if every convolution pads its input with zeros.

    Then value 0 of every feature map that was not up-sampled lies on input voxel 0, and voxel 0 of the output too. For
    every merge and every block with a head: the index (z, y, x) of the up-sampled value that belongs to voxel 0, so
    that coarse and fine values meet as they do without padding. A pyramid moves nothing.
    """
    starts: dict[str, list[int]] = {}
    for axis in AXES:
        now = AxisMap(0)
        maps: dict[str, AxisMap] = {}
        for stage in _stages():
            if isinstance(stage, Merge):
                now = now.upsampled(stage.factor[axis])
                start = -maps[stage.skip].crop_onto(now)
                now = replace(now, position=now.position + start * now.jump)
                starts.setdefault(stage.name, []).append(start)
            for conv in convolutions(stage):
                now = replace(now, jump=now.jump * conv.stride[axis])
            maps[stage.name] = now
        for block in HEADS:
            starts.setdefault(block, []).append(maps[block].upsampled(maps[block].jump).crop_onto(now))
    return {name: three(start) for name, start in starts.items()}
