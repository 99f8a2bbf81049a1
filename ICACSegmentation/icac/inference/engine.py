"""What runs a network, whichever library does it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from icac.inference.device import Device

if TYPE_CHECKING:
    from icac.inference.tiling import Tile
    from icac.network.interface.architecture import Architecture


class Engine(ABC):
    """A network that is ready to run.

    Attributes
    ----------
    name : str
        Engine and version for the user, and why it was chosen where that is worth telling.
    device : Device
    config : Architecture
        Of the network.
    second_look : callable or None
        Runs the network of the second look (:mod:`icac.second_look`), if the model has one: from what it is shown,
        float32 (channels, section, outward, right angle), to log-odds of that place, float32 (section, ...).

    """

    name: str
    device: Device
    config: Architecture
    second_look: Callable[[np.ndarray], np.ndarray] | None = None

    @abstractmethod
    def logits(self, hu: np.ndarray, position: np.ndarray | None) -> np.ndarray:
        """Run the network once.

        Parameters
        ----------
        hu : numpy.ndarray
            Scaled CT, float32 (z, y, x).
        position : numpy.ndarray or None
            Position channels, float32 (channels, z, y, x) of the same voxels or of every second one
            (:func:`icac.reference.position.coarse_shape`); None if the network is not told them.

        Returns
        -------
        numpy.ndarray
            float32 (outputs, z, y, x), of the shape that its geometry says: ICAC and, if the network has that output,
            the inside of the carotids.

        """

    def logits_and_features(self, hu: np.ndarray, position: np.ndarray | None
                            ) -> tuple[np.ndarray, np.ndarray | None]:
        """Run the network once, and also return its features.

        Returns
        -------
        logits : numpy.ndarray
            As of :meth:`logits`.
        features : numpy.ndarray or None
            Of the coarsest layer, float32 (features, z, y, x), one value for each cell of the grid of the output; None
            if the engine does not give them.

        """
        return self.logits(hu, position), None

    def features(self, hu: np.ndarray, position: np.ndarray | None) -> np.ndarray | None:
        """Return the features alone, see :meth:`logits_and_features`; what is not needed for them may be left out."""
        return self.logits_and_features(hu, position)[1]

    def prepare(self, parts: Sequence[Tile], *, coarse_position: bool) -> None:  # noqa: B027 - not all have to
        """Do ahead what the engine needs for passes over ``parts``, with positions at every second voxel."""

    @abstractmethod
    def release(self) -> None:
        """Give back memory that is kept for the next pass."""
