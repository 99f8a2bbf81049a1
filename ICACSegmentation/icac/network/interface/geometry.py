"""Which input voxels an output voxel sees, how large the output is, and where it lies in the input.

Every network keeps one contract, so that whoever runs it need not know its kind: voxel 0 of the output lies on input
voxel ``offset``, and the output holds what the network is sure of, so that tiles can be put side by side. A network of
valid convolutions does so by itself; one whose convolutions pad their input cuts the border off its output.

Shapes and offsets are in voxels in the axis order of arrays, (z, y, x).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from icac.three import three

Triple = tuple[int, int, int]

#: First and last, or before and after, along z, y and x.
Ranges = tuple[tuple[int, int], tuple[int, int], tuple[int, int]]


@dataclass(frozen=True)
class Geometry(ABC):
    """The geometry of one network.

    Attributes
    ----------
    receptive_field : tuple of int
        The box of input voxels that one output voxel sees.
    grid : tuple of int
        Shifts of the input by multiples of it shift the output: the largest distance (jump) between neighbouring values
        of any feature map. Tiles begin at multiples of it, and outputs are multiples of it.
    offset : tuple of int
        The input voxel on which output voxel (0, 0, 0) lies.

    """

    receptive_field: Triple
    grid: Triple
    offset: Triple

    def __post_init__(self) -> None:
        if any(step % 2 for step in self.grid):
            raise ValueError(f"The grid of a network must be even, not {self.grid}: position is told at every second "
                             "voxel. Take a cell of two output voxels.")

    @property
    @abstractmethod
    def overlap(self) -> Triple:
        """How many voxels neighbouring tiles should share; none where a tile equals the same part of the whole."""

    @abstractmethod
    def output_shape(self, shape: Triple) -> Triple:
        """Return the shape of the output for an input of ``shape``.

        Raises
        ------
        ValueError
            If the input is too small for any output.

        """

    @abstractmethod
    def input_shape(self, shape: Triple) -> Triple:
        """Return the smallest input of which the output is at least as large as ``shape``."""

    @abstractmethod
    def window(self, index: Triple) -> Ranges:
        """Return the (first, last) input voxel that output voxel ``index`` sees; neighbours in a cell may share it."""

    def margins(self, shape: Triple) -> Ranges:
        """Return the context, (before, after), that the network needs around a box of ``shape``.

        A box of this shape widened by these margins is an input of :meth:`input_shape`, whose output begins on the
        first voxel of the box. The output is as large as the box where that is a multiple of :attr:`grid`; otherwise it
        is larger at the end, by less than the grid.
        """
        return three((before, whole - before - int(n))
                     for n, whole, before in zip(shape, self.input_shape(shape), self.offset, strict=True))


def cells_of(shape: Triple, output: Triple, grid: Triple) -> Ranges:
    """Return which values of the coarsest feature map, (first, one behind the last), belong to the cells of an output.

    The map has one value a cell, and beyond the output as many on both sides, or one more at the end.

    Parameters
    ----------
    shape : tuple of int
        Of the feature map.
    output : tuple of int
        Shape of the output, a multiple of ``grid``.
    grid : tuple of int
        Of the network.

    """
    counts = three(n // step for n, step in zip(output, grid, strict=True))
    starts = three((n - count) // 2 for n, count in zip(shape, counts, strict=True))
    return three((start, start + count) for start, count in zip(starts, counts, strict=True))


class ValidGeometry(Geometry):
    """Of valid convolutions only: nothing but voxels of the input is seen, so tiles are exact.

    The smallest input is the receptive field, of which the output is one cell of the grid.
    """

    @property
    def overlap(self) -> Triple:
        """None."""
        return 0, 0, 0

    def output_shape(self, shape: Triple) -> Triple:
        """Return the shape of the output; see :meth:`Geometry.output_shape`."""
        _refuse_smaller(shape, self.receptive_field)
        return three(((int(n) - field) // step + 1) * step
                     for n, field, step in zip(shape, self.receptive_field, self.grid, strict=True))

    def input_shape(self, shape: Triple) -> Triple:
        """Return the smallest input for an output; see :meth:`Geometry.input_shape`."""
        return three(field + step * (max(1, -(-int(n) // step)) - 1)
                     for n, field, step in zip(shape, self.receptive_field, self.grid, strict=True))

    def window(self, index: Triple) -> Ranges:
        """Return what an output voxel sees: its cell of the grid shares one receptive field."""
        starts = (int(i) // step * step for i, step in zip(index, self.grid, strict=True))
        return three((first, first + field - 1) for first, field in zip(starts, self.receptive_field, strict=True))


class PaddedGeometry(Geometry):
    """Of convolutions that pad their input ("same"): the network cuts ``offset`` voxels off each end of its output.

    What lies beyond the border of a tile reaches as far into it as half the receptive field, but weakly; the more is
    cut off, the less of it is left, and nothing from there on. ``offset`` is a multiple of ``grid``.
    """

    @property
    def overlap(self) -> Triple:
        """What the padding reaches and is not cut off, at the end of the one tile and the start of the next."""
        return three(2 * max(field // 2 - cut, 0)
                     for cut, field in zip(self.offset, self.receptive_field, strict=True))

    def output_shape(self, shape: Triple) -> Triple:
        """Return the shape of the output: the whole cells of the input without the border."""
        _refuse_smaller(shape, self.input_shape((1, 1, 1)))
        return three(int(n) // step * step - 2 * cut
                     for n, step, cut in zip(shape, self.grid, self.offset, strict=True))

    def input_shape(self, shape: Triple) -> Triple:
        """Return the smallest input for an output; see :meth:`Geometry.input_shape`."""
        return three(max(1, -(-int(n) // step)) * step + 2 * cut
                     for n, step, cut in zip(shape, self.grid, self.offset, strict=True))

    def window(self, index: Triple) -> Ranges:
        """Return what an output voxel sees, as far as it lies within the input at its start."""
        cells = (int(i) // step * step + cut for i, step, cut in zip(index, self.grid, self.offset, strict=True))
        return three((max(first - field // 2, 0), first + step - 1 + field // 2) for first, field, step
                     in zip(cells, self.receptive_field, self.grid, strict=True))


def _refuse_smaller(shape: Triple, least: Triple) -> None:
    for axis, n, fewest in zip("zyx", shape, least, strict=True):
        if n < fewest:
            raise ValueError(f"An input of {n} voxels along {axis} is too small.")
