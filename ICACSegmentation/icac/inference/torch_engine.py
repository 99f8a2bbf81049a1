"""The network in PyTorch: on GPUs, and on CPUs without OpenVINO."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import torch

from icac.geometry import three
from icac.inference.allocator import keep_freed_memory
from icac.inference.device import Device
from icac.inference.engine import Engine
from icac.network.interface.geometry import cells_of
from icac.network.interface.network import Network, in_layout
from icac.reference.position import refined

if TYPE_CHECKING:
    from icac.models.second_look import SecondLookWeights


class TorchEngine(Engine):
    """A torch network on a device, in the memory layout that is fastest there.

    Parameters
    ----------
    network : Network
        In eval mode. It is moved to the device.
    device : Device
    second_look : SecondLookWeights, optional
        Of the same model.

    Raises
    ------
    ValueError
        If the network is in training mode.

    """

    def __init__(self, network: Network, device: Device, second_look: SecondLookWeights | None = None) -> None:
        if network.training:
            raise ValueError("The network must be in eval mode to predict.")
        if device.name == "cpu":
            keep_freed_memory()
        self.name, self.device, self.config = f"PyTorch {torch.__version__}", device, network.config
        self._layout = torch.contiguous_format if device.name == "mps" else torch.channels_last_3d
        self._network = in_layout(network.to(device.name), self._layout)
        self.second_look = _second_look(second_look, device) if second_look else None

    def logits(self, hu: np.ndarray, position: np.ndarray | None) -> np.ndarray:
        """Run the network once, see :meth:`Engine.logits`."""
        channels = hu[None] if position is None else np.concatenate([hu[None], refined(position, hu.shape)])
        with torch.inference_mode():
            x = torch.from_numpy(channels)[None].to(self.device.name)
            return self._network(x.contiguous(memory_format=self._layout))[0].cpu().numpy()

    def logits_and_features(self, hu: np.ndarray, position: np.ndarray | None
                            ) -> tuple[np.ndarray, np.ndarray | None]:
        """Run the network once, and keep its coarsest features; see :meth:`Engine.logits_and_features`."""
        kept: list[torch.Tensor] = []
        if self._network.coarsest is None:
            return self.logits(hu, position), None
        hook = self._network.coarsest.register_forward_hook(lambda layer, given, made: kept.append(made[0].clone()))
        try:
            logits = self.logits(hu, position)
        finally:
            hook.remove()
        (z, z_end), (y, y_end), (x, x_end) = cells_of(three(kept[0].shape[1:]), three(logits.shape[1:]),
                                                      self.config.geometry.grid)
        return logits, kept[0][:, z:z_end, y:y_end, x:x_end].float().cpu().numpy()

    def release(self) -> None:
        """Give back the memory that torch keeps on a GPU."""
        if self.device.name == "cuda":
            torch.cuda.empty_cache()


def _second_look(weights: SecondLookWeights, device: Device) -> Callable[[np.ndarray], np.ndarray]:
    from icac.network.straight.network import StraightNetwork

    with torch.random.fork_rng(devices=()):
        network = StraightNetwork(weights.config)
    network.load_state_dict({name: torch.tensor(values) for name, values in weights.load().items()})
    network.requires_grad_(False).eval().to(device.name)

    def run(shown: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return network(torch.from_numpy(shown)[None].to(device.name))[0, 0].cpu().numpy()

    return run
