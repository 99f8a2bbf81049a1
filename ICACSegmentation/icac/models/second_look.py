"""The network of the second look in a model package: its weights, and what model.json says of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from icac.models.weights import load_weights
from icac.network.straight.config import StraightConfig

#: In the folder of a package.
SECOND_LOOK_FILE = "second_look.safetensors"


@dataclass(frozen=True)
class SecondLookRecord:
    """What model.json says of a second look (:mod:`icac.second_look`).

    Attributes
    ----------
    width : int
        Of its network.
    sha256 : str
        Of its weights, hexadecimal.
    bytes : int
        Size of their file.
    training_data : str
        What it was trained on.

    Raises
    ------
    ValueError
        If there is no network of this width.

    """

    width: int
    sha256: str
    bytes: int
    training_data: str

    def __post_init__(self) -> None:
        StraightConfig(self.width)

    @property
    def config(self) -> StraightConfig:
        """The network that the weights belong to."""
        return StraightConfig(self.width)


@dataclass(frozen=True, eq=False)
class SecondLookWeights:
    """Weights of a second look, checked.

    Attributes
    ----------
    config : StraightConfig
    data : bytes
        The safetensors file.

    Raises
    ------
    ValueError
        With a phrase, unless the weights are those of such a network, and finite.

    """

    config: StraightConfig
    data: bytes

    def __post_init__(self) -> None:
        self.load()

    def record(self, training_data: str) -> SecondLookRecord:
        """Return what model.json says of these weights."""
        return SecondLookRecord(self.config.width, hashlib.sha256(self.data).hexdigest(), len(self.data), training_data)

    def load(self) -> dict[str, np.ndarray]:
        """Return the weights by name."""
        return load_weights(self.data, self.config)
