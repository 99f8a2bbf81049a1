"""What the network says of one lesion, as a function of the CT numbers that it is shown, and the slope of that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import torch

from icac.geometry.box import Box
from icac.inference.tiling import Tile
from icac.network.interface.geometry import Triple

if TYPE_CHECKING:
    from icac.network.interface.network import Network

#: Largest part (z, y, x) of a lesion whose slope is computed at once, so that long lesions fit into memory.
_LARGEST_PART: Triple = (32, 48, 48)


class LesionScore:
    """The mean log-odds of ICAC of the voxels of a lesion.

    Parameters
    ----------
    network : Network
        In eval mode, on the device where it is to run.
    temperature : float
        Divides the logits, see :class:`icac.models.ModelSpec`.
    lesion : numpy.ndarray of bool
        (z, y, x) voxels of the network's output, at least one; of a shape on the network's grid.
    position : numpy.ndarray, optional
        Position channels, float32 (c, z, y, x), of the input of that output, for a network that is told them.

    """

    def __init__(self, network: Network, temperature: float, lesion: np.ndarray, position: np.ndarray | None) -> None:
        self._network, self._temperature, self._position = network, temperature, position
        self._weight = lesion / np.count_nonzero(lesion)
        self._parts = list(self._cut())
        self._device = next(network.parameters()).device

    def of(self, network: Network) -> LesionScore:
        """Return the score that another network of the same kind gives to the same lesion."""
        return LesionScore(network, self._temperature, self._weight > 0, self._position)

    @property
    def input_shape(self) -> Triple:
        """Shape (z, y, x) of what the network is shown."""
        return self._network.config.geometry.input_shape(self._weight.shape)

    def score(self, x: np.ndarray) -> float:
        """Return the mean log-odds for a scaled CT, float32 (z, y, x) of :attr:`input_shape`."""
        with torch.inference_mode():
            return sum(float(self._part(self._tensor(x[block]), block, weight)) for block, weight in self._parts)

    def slope(self, x: np.ndarray) -> np.ndarray:
        """Return the derivative of :meth:`score` by each voxel, float32 (z, y, x)."""
        total = np.zeros(x.shape, np.float32)
        for block, weight in self._parts:
            shown = self._tensor(x[block]).requires_grad_(True)
            found, = torch.autograd.grad(self._part(shown, block, weight), shown)
            total[block] += found.cpu().numpy()
        return total

    def _cut(self) -> Iterator[tuple[Box, np.ndarray]]:
        """Yield blocks of the input and the weights of their output, so that each voxel counts once."""
        geometry, left = self._network.config.geometry, self._weight.astype(np.float32)
        whole = Tile((0, 0, 0), self._weight.shape)
        for tile in whole.cut(_LARGEST_PART, geometry.grid, geometry.overlap):
            weight = left[tile.output].copy()
            left[tile.output] = 0
            if weight.any():
                yield tile.input(geometry), weight

    def _part(self, shown: torch.Tensor, block: Box, weight: np.ndarray) -> torch.Tensor:
        channels = shown[None]
        if self._position is not None:
            z, y, x = block
            channels = torch.cat([channels, self._tensor(self._position[:, z, y, x])])
        logits = self._network(channels[None])[0, 0]
        return (logits * self._tensor(weight)).sum() / self._temperature

    def _tensor(self, array: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32)).to(self._device)
