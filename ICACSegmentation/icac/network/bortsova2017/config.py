"""The network of Bortsova et al. 2017 as an architecture: its choices, and what follows from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from icac.network.bortsova2017.choices import FcnChoices
from icac.network.bortsova2017.describe import count_macs, count_parameters, describe
from icac.network.bortsova2017.memory import forward_bytes
from icac.network.bortsova2017.trace import geometry
from icac.network.bortsova2017.weights import weight_shapes
from icac.network.interface.choices import ChosenArchitecture
from icac.network.interface.geometry import Geometry, Triple


@dataclass(frozen=True)
class FcnConfig(FcnChoices, ChosenArchitecture):
    """One member of the family of networks; its choices are those of :class:`FcnChoices`."""

    kind: ClassVar[str] = "bortsova2017"
    spacing_mm: ClassVar[tuple[float, float, float]] = (0.5, 0.5, 0.5)
    can_pad: ClassVar[bool] = True

    @property
    def geometry(self) -> Geometry:
        """That of the family: of the choices, only the pyramid changes it."""
        return geometry(self.pyramid)

    @property
    def coarsest_features(self) -> int:
        """Features at the bottom of the U."""
        return 4 * self.width

    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of every entry of the ``state_dict`` of an :class:`icac.network.FCN`, by its name."""
        return weight_shapes(self)

    def parameters(self) -> int:
        """Return the number of trained values: weights, biases, and scale and shift of batch normalisations."""
        return count_parameters(self)

    def macs(self, shape: Triple) -> int:
        """Return the multiply-add operations of all convolutions of the main path for an input (z, y, x)."""
        return count_macs(self, shape)

    def forward_bytes(self, shape: Triple) -> int:
        """Return about how many bytes a pass over an input of ``shape`` (z, y, x) takes at its peak, float32."""
        return forward_bytes(self, shape)

    def describe(self) -> str:
        """Return a text that describes the network, with sizes for an input as in the paper."""
        return describe(self)
