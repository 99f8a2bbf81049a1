"""What the network of the second look is: all that must be known of it without torch."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from icac.network.interface.architecture import COUNTER

#: What it is shown, in this order; see :mod:`icac.second_look.views`.
CHANNELS = ("soft tissue", "bone", "first look", "lumen", "bone of the other side", "place along", "outside the lumen")

#: Widths that make sense and that memory allows.
WIDTHS = range(4, 65)

#: Ends of the names of what a batch normalisation keeps in mind, which is not trained.
_RUNNING = ("running_mean", "running_var")

#: Every size of the input is a multiple of this.
GRID = 8


class Block(NamedTuple):
    """Two convolutions of 3 x 3 x 3, each with batch normalisation and ReLU."""

    name: str
    inputs: int
    outputs: int

    @property
    def convolutions(self) -> tuple[tuple[str, int], tuple[str, int]]:
        """Name and inputs of both."""
        return (f"{self.name}.first", self.inputs), (f"{self.name}.second", self.outputs)


@dataclass(frozen=True)
class StraightConfig:
    """A U-Net of four levels.

    Attributes
    ----------
    width : int
        Features of the finest level; the others have 2, 4 and 4 times as many.

    Raises
    ------
    ValueError
        If the width is none that is allowed.

    """

    width: int = 12

    def __post_init__(self) -> None:
        if type(self.width) is not int or self.width not in WIDTHS:
            raise ValueError(f"the width of the second look must be from {WIDTHS[0]} to {WIDTHS[-1]}, not "
                             f"{self.width!r}")

    @property
    def down(self) -> tuple[Block, ...]:
        """From the finest level to the coarsest."""
        w = self.width
        return (Block("down0", len(CHANNELS), w), Block("down1", w, 2 * w), Block("down2", 2 * w, 4 * w),
                Block("down3", 4 * w, 4 * w))

    @property
    def up(self) -> tuple[Block, ...]:
        """From the second coarsest level to the finest; each also sees what the same level saw before."""
        w = self.width
        return Block("up2", 8 * w, 2 * w), Block("up1", 4 * w, w), Block("up0", 2 * w, w)

    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of each weight by its name in the ``state_dict`` of the network."""
        return dict(self._weights())

    def weight_bytes(self) -> int:
        """Return the size of the weights: eight bytes a counter of patches, four bytes every other number."""
        return sum((8 if name.endswith(COUNTER) else 4) * math.prod(shape) for name, shape in self._weights())

    def parameters(self) -> int:
        """Return the number of trained values."""
        return sum(math.prod(shape) for name, shape in self._weights() if not name.endswith((COUNTER, *_RUNNING)))

    def _weights(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        for block in (*self.down, *self.up):
            for name, inputs in block.convolutions:
                yield f"{name}.conv.weight", (block.outputs, inputs, 3, 3, 3)
                for part in ("weight", "bias", *_RUNNING):
                    yield f"{name}.norm.{part}", (block.outputs,)
                yield f"{name}.norm.{COUNTER}", ()
        yield "score.weight", (1, self.width, 1, 1, 1)
        yield "score.bias", (1,)
