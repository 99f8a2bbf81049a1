"""A network as a model package describes it: all that must be known of it without torch."""

from __future__ import annotations

import json
import math
from abc import ABC, abstractmethod
from typing import Any, ClassVar

from icac.network.interface.geometry import Geometry, Triple

#: Number of position channels, see :data:`icac.reference.position.CHANNELS`.
POSITION_CHANNELS = 5

#: Which voxels the loss sees: every voxel, or only those dense enough to be calcium (Bortsova et al. 2017, 3.1).
SUPERVISIONS = ("all", "calcium")

#: End of the name of the only weights that are whole numbers: how many patches a batch normalisation has seen.
COUNTER = "num_batches_tracked"


class Channels:
    """What a network is told and tells.

    Attributes
    ----------
    position : bool
        The network is also told where each voxel lies on the course of the artery (:mod:`icac.reference.position`).
    artery : bool
        The network has a second output, the inside of the carotids, by which their course is found
        (:mod:`icac.course`).

    """

    position: bool
    artery: bool

    @property
    def inputs(self) -> int:
        """Channels of the input: the scaled CT number and, if told, the position."""
        return 1 + POSITION_CHANNELS * self.position

    @property
    def outputs(self) -> int:
        """Channels of the output: ICAC and, if wanted, the inside of the carotids."""
        return 1 + self.artery


class Architecture(Channels, ABC):
    """One network of one kind.

    A kind is a folder of :mod:`icac.network` with a class of this interface, and a line in
    :data:`icac.network.kinds.KINDS`; inference, training, model packages and memory planning ask only what stands here.

    Attributes
    ----------
    kind : str
        Name of the family, by which a model package says what its network is.
    spacing_mm : tuple of float
        Voxel size (x, y, z) of the input for which the family is made.
    can_pad : bool
        Whether the network can be trained with all its convolutions padded (`Network.pad`), so that a patch
        predicts all of its own voxels.
    supervision : {"all", "calcium"}
        Voxels on which the network is trained: where its output means something.

    """

    kind: ClassVar[str]
    spacing_mm: ClassVar[tuple[float, float, float]]
    can_pad: ClassVar[bool] = False

    supervision: str

    @property
    def coarsest_features(self) -> int:
        """Channels of the coarsest feature map, by which scans are told from those it knows; 0 if none is given."""
        return 0

    @property
    @abstractmethod
    def geometry(self) -> Geometry:
        """What the network sees, and where its output lies."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Return the kind and the choices as plain JSON values."""

    @classmethod
    @abstractmethod
    def from_dict(cls, values: dict[str, Any]) -> Architecture:
        """Make an architecture of this kind from plain values; omitted ones take their default.

        Raises
        ------
        ValueError
            If a value is unknown or not allowed.

        """

    def to_json(self) -> str:
        """Return the choices as JSON text."""
        return json.dumps(self.to_dict(), indent=2)

    @abstractmethod
    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of every entry of the ``state_dict`` of the network in torch, by its name."""

    def weight_bytes(self) -> int:
        """Return how many bytes the weights take: 4 a number, 8 a counter."""
        return sum((8 if name.endswith(COUNTER) else 4) * math.prod(shape)
                   for name, shape in self.weight_shapes().items())

    @abstractmethod
    def parameters(self) -> int:
        """Return the number of trained values."""

    @abstractmethod
    def macs(self, shape: Triple) -> int:
        """Return the multiply-add operations of one pass over an input of ``shape`` (z, y, x)."""

    @abstractmethod
    def forward_bytes(self, shape: Triple) -> int:
        """Return about how many bytes a pass over an input of ``shape`` (z, y, x) takes at its peak, float32."""

    @abstractmethod
    def describe(self) -> str:
        """Return a text that describes the network: layers, receptive field, jumps, parameters and operations."""
