"""Architectures of which only their module in torch knows the layers: what follows from these is found by a trace.

The module is built and run without numbers, on torch's "meta" device, where every tensor has a shape and no content. So
nothing is written down twice, and asking costs neither memory nor the time of a pass.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from icac.network.interface.choices import ChosenArchitecture
from icac.network.interface.geometry import Triple
from icac.network.interface.table import aligned, by
from icac.three import three

if TYPE_CHECKING:
    from icac.network.interface.network import Network

#: Work space of convolutions and gaps between blocks, on top of the feature maps themselves.
OVERHEAD = 1.5


@dataclass(frozen=True)
class TracedLayer:
    """A convolution as it ran; all triples (z, y, x).

    Attributes
    ----------
    name : str
    inputs, outputs : int
        Features.
    kernel, stride : tuple of int
    up : bool
        It makes the map finer.
    size : tuple of int
        Of its output.
    places : tuple of int
        Where its weights are put: on the values of its output, or of its input if it makes the map finer.
    weights : int
        How many there are.

    """

    name: str
    inputs: int
    outputs: int
    kernel: Triple
    stride: Triple
    up: bool
    size: Triple
    places: Triple
    weights: int


class TracedArchitecture(ChosenArchitecture):
    """An architecture that knows how to make its module, and its geometry; the rest comes from a trace."""

    spacing_mm: ClassVar[tuple[float, float, float]] = (0.5, 0.5, 0.5)
    can_pad: ClassVar[bool] = True

    @property
    @abstractmethod
    def title(self) -> str:
        """What the network is, in a few words."""

    @abstractmethod
    def network(self) -> Network:
        """Make the network in torch, with weights from torch's current random state.

        Raises
        ------
        icac.errors.ModelError
            If a library that it needs is not installed.

        """

    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of every entry of the ``state_dict`` of the network, by its name."""
        return {name: tuple(value.shape) for name, value in shapeless(self).state_dict().items()}

    def parameters(self) -> int:
        """Return the number of trained values."""
        return sum(value.numel() for value in shapeless(self).parameters())

    def macs(self, shape: Triple) -> int:
        """Return the multiply-add operations of all convolutions for an input (z, y, x)."""
        cells = [n // step - 1 for n, step in zip(self.geometry.output_shape(shape), self.geometry.grid, strict=True)]
        return sum(weights * math.prod(first + more * n for first, more, n in zip(places, growth, cells, strict=True))
                   for weights, places, growth in _growth(self))

    def forward_bytes(self, shape: Triple) -> int:
        """Return about how many bytes a pass over an input of ``shape`` (z, y, x) takes at its peak, float32."""
        return int(OVERHEAD * _peak_bytes(self, three(int(n) for n in shape)))

    def describe(self) -> str:
        """Return a text that describes the network, with the sizes of the smallest input that gives 96 x 96 x 64."""
        return describe_traced(self)


@lru_cache(maxsize=8)
def shapeless(architecture: TracedArchitecture) -> Network:
    """Return the network of an architecture without numbers, in eval mode."""
    import torch

    with torch.random.fork_rng(devices=()), torch.device("meta"):
        return architecture.network().eval()


@lru_cache(maxsize=8)
def _growth(architecture: TracedArchitecture) -> tuple[tuple[int, Triple, Triple], ...]:
    """Return for each convolution its weights, its places for an output of one cell, and how they grow with each cell.

    Maps grow by the same along an axis with every cell, whatever the others do, so that two traces tell all sizes.
    """
    geometry = architecture.geometry
    one, two = (traced_layers(architecture, geometry.input_shape(three(n * step for step in geometry.grid)))
                for n in (1, 2))
    return tuple((a.weights, a.places, three(q - p for p, q in zip(a.places, b.places, strict=True)))
                 for a, b in zip(one, two, strict=True))


@lru_cache(maxsize=32)
def traced_layers(architecture: TracedArchitecture, shape: Triple, padded: bool = False) -> tuple[TracedLayer, ...]:
    """Return the convolutions in the order in which they run for an input of ``shape`` (z, y, x)."""
    import torch
    from torch import nn

    network, found = shapeless(architecture), []
    names = {module: name for name, module in network.named_modules()}

    def note(module: Any, given: tuple[torch.Tensor, ...], out: torch.Tensor) -> None:
        up = isinstance(module, nn.ConvTranspose3d)
        found.append(TracedLayer(names[module], module.in_channels, module.out_channels, module.kernel_size,
                                 module.stride, up, three(out.shape[2:]), three((given[0] if up else out).shape[2:]),
                                 module.weight.numel()))

    handles = [module.register_forward_hook(note) for module in network.modules()
               if isinstance(module, nn.Conv3d | nn.ConvTranspose3d)]
    try:
        with torch.no_grad():
            network.pad(padded)(_nothing(architecture, shape))
    finally:
        network.pad(False)
        for handle in handles:
            handle.remove()
    return tuple(found)


@lru_cache(maxsize=512)
def _peak_bytes(architecture: TracedArchitecture, shape: Triple) -> int:
    """Return how many bytes of feature maps exist at once at most."""
    import torch

    from icac.network.interface.peak import Peak

    x = _nothing(architecture, shape)
    with torch.no_grad(), Peak() as peak:
        shapeless(architecture)(x)
    return peak.bytes + 4 * x.numel()


def _nothing(architecture: TracedArchitecture, shape: Triple) -> Any:
    import torch

    return torch.empty((1, architecture.inputs, *shape), device="meta")


#: Voxels (z, y, x) of the output for which sizes and operations are listed, at least.
_DESCRIBED: Triple = (64, 96, 96)


def describe_traced(architecture: TracedArchitecture) -> str:
    """Return a text that describes a traced network."""
    geometry = architecture.geometry
    shape = geometry.input_shape(_DESCRIBED)
    macs = architecture.macs(shape)
    exact = "equal the whole" if geometry.overlap == (0, 0, 0) else f"share {by(geometry.overlap)}, which is averaged"
    return "\n".join([
        architecture.title, "All sizes are x, y, z; of feature maps, for an input of " + by(shape) + ".", "",
        aligned(list(_rows(architecture, shape))), "",
        f"Receptive field  {by(geometry.receptive_field)}",
        f"Stride grid      {by(geometry.grid)} (tiles at multiples of it {exact})",
        f"Output           {by(geometry.output_shape(shape))} of an input of {by(shape)}, beginning on input voxel "
        f"{by(geometry.offset)}",
        f"Parameters       {architecture.parameters():,}",
        f"Operations       {macs / 1e9:.1f} G multiply-adds ({2 * macs / 1e9:.1f} GFLOP)"])


def _rows(architecture: TracedArchitecture, shape: Triple) -> Iterator[tuple[str, ...]]:
    yield ("#", "layer", "features", "kernel", "stride", "jump", "size")
    cell = three(-(-n // step) * step for n, step in zip(shape, architecture.geometry.grid, strict=True))
    padded = traced_layers(architecture, cell, padded=True)
    for number, (layer, whole) in enumerate(zip(traced_layers(architecture, shape), padded, strict=True), 1):
        jump = three(n // size for n, size in zip(cell, whole.size, strict=True))
        yield (str(number), layer.name, f"{layer.inputs}>{layer.outputs}", by(layer.kernel, "x"),
               ("1/" if layer.up else "") + by(layer.stride, "x"), by(jump, "x"), by(layer.size, "x"))
