"""The geometry of a network with padded layers, from the layers on its longest path.

Value ``i`` of a feature map lies on input voxel ``jump * i``. A convolution of odd size sees as far to both sides; one
of size and stride 2 sees a pair, of which the first is its place; up-sampling takes a value from the place of the pair
that a voxel is in. Other paths, over shortcuts, reach less far.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from icac.network.interface.geometry import PaddedGeometry, Triple
from icac.three import three

ONCE: Triple = (1, 1, 1)


@dataclass(frozen=True)
class Layer:
    """A layer with a window, (z, y, x).

    Attributes
    ----------
    kernel : tuple of int
        How many values it sees.
    stride : tuple of int
        Factor by which the map becomes coarser, or finer.
    up : bool
        The map becomes finer: a transposed convolution, or repetition if the kernel is as large as the stride.

    """

    kernel: Triple
    stride: Triple = ONCE
    up: bool = False


def padded_geometry(path: Iterable[Layer], cut: Triple | None = None) -> PaddedGeometry:
    """Return the geometry of a network of which ``path`` is the longest.

    Parameters
    ----------
    path : iterable of Layer
        From the input to the output.
    cut : tuple of int, optional
        How many voxels the network leaves out at each end, multiples of its grid; if omitted, all that the padding
        reaches, so that tiles equal the whole.

    """
    layers = tuple(path)
    reaches, jumps = zip(*(_along(layers, axis) for axis in range(3)), strict=True)
    grid = three(max(jump, 2) for jump in jumps)
    whole = three(-(-reach // step) * step for reach, step in zip(reaches, grid, strict=True))
    return PaddedGeometry(three(2 * reach + 1 for reach in reaches), grid, cut or whole)


def _along(layers: tuple[Layer, ...], axis: int) -> tuple[int, int]:
    """Return how far an output voxel sees to either side at most, and the largest jump of a feature map."""
    before = after = 0
    jump = largest = 1
    for layer in layers:
        kernel, stride = layer.kernel[axis], layer.stride[axis]
        if layer.up:
            jump //= stride
        first = -(kernel - 1) if layer.up and kernel == stride else -((kernel - 1) // 2)
        before, after = before - first * jump, after + (kernel - 1 + first) * jump
        if not layer.up:
            jump *= stride
        largest = max(largest, jump)
    return max(before, after), largest
