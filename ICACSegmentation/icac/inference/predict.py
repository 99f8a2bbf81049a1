"""From CT numbers to the probability of ICAC: one pass where memory allows, else tiles that give the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from icac.errors import DeviceError
from icac.inference.allocator import keep_freed_memory
from icac.inference.device import Device
from icac.inference.memory import forward_bytes, usable_bytes
from icac.inference.tiling import Tile, fit_tile, halve, plan
from icac.network.geometry import input_shape, output_shape
from icac.network.layout import Triple

if TYPE_CHECKING:
    import torch

    from icac.models.spec import IntensityScaling
    from icac.network.fcn import FCN

#: What errors say when a processor's memory is full; only CUDA has an error class of its own.
_FULL = ("out of memory", "not enough memory", "can't allocate memory", "could not create a memory")


def predict(hu: np.ndarray, network: FCN, scaling: IntensityScaling, device: Device, *,
            position: np.ndarray | None = None, tile: Triple | None = None, overlap: Triple = (0, 0, 0),
            temperature: float = 1.0, memory_bytes: int | None = None,
            progress: Callable[[float], None] | None = None) -> np.ndarray:
    """Compute the probability of ICAC.

    Parameters
    ----------
    hu : numpy.ndarray
        CT numbers in HU, shape (z, y, x), on voxels of the size the network was trained on, with the margin that
        the network needs: :func:`icac.inference.margins` says how much around a box of interest.
    network : icac.network.FCN
        In eval mode. It is moved to the device.
    scaling : icac.models.IntensityScaling
        From HU to the network's input.
    device : Device
    position : numpy.ndarray, optional
        Position channels, float32 (c, z, y, x) of the voxels of ``hu``, for a network that is told them
        (:mod:`icac.reference.position`).
    tile : tuple of int, optional
        Shape (z, y, x) of the output of one pass. If omitted, it is the largest that ``memory_bytes`` allows.
        The result does not depend on it.
    overlap : tuple of int
        Voxels (z, y, x) that neighbouring tiles share; the mean is taken there. Tiles agree to rounding, so this
        costs time and changes nothing but for networks other than :class:`icac.network.FCN`.
    temperature : float
        Divides the logits.
    memory_bytes : int, optional
        Memory for one pass; half of what is free if omitted.
    progress : callable, optional
        Called with the fraction (0 to 1) of the tiles that are done.

    Returns
    -------
    numpy.ndarray
        Probability, float32, of shape ``output_shape(hu.shape)``; its voxel (0, 0, 0) lies on voxel
        :func:`icac.network.label_offset` of ``hu``.

    Raises
    ------
    ValueError
        If ``hu`` is smaller than the network's receptive field, or the position is missing or not wanted.
    DeviceError
        If the device's memory does not even suffice for the smallest tile. The device is never changed.

    """
    if (position is None) == network.config.position:
        raise ValueError("The network needs position channels." if position is None else
                         "The network takes no position channels.")
    whole = output_shape(hu.shape)
    _place(network, device)
    tile = fit_tile(tile, whole) if tile else _choose_tile(network, whole, memory_bytes or usable_bytes(device.name))
    while True:
        try:
            tiles = plan(whole, tile, _below(overlap, tile))
            return _run(hu, position, network, scaling, device, tiles, temperature, progress)
        except (RuntimeError, MemoryError) as error:
            if not _is_memory_full(error):
                raise
        # outside of the handler, as the error keeps the tensors of the failed pass alive
        tile = _smaller(tile, device)


def _place(network: FCN, device: Device) -> None:
    """Move the network to the device, in the memory layout that is fastest there."""
    if network.training:
        raise ValueError("The network must be in eval mode to predict.")
    if device.name == "cpu":
        keep_freed_memory()
    network.to(device.name, memory_format=_memory_format(device))


def _memory_format(device: Device) -> torch.memory_format:
    import torch

    return torch.contiguous_format if device.name == "mps" else torch.channels_last_3d


def _choose_tile(network: FCN, whole: Triple, budget: int) -> Triple:
    """Return the largest tile, whole or halved, of which the pass fits into ``budget`` bytes."""
    tile = whole
    while forward_bytes(network.config, input_shape(tile)) > budget:
        smaller = halve(tile)
        if smaller is None:
            break
        tile = smaller
    return tile


def _below(overlap: Triple, tile: Triple) -> Triple:
    """Return the overlap, at most half of a tile that had to be made small."""
    return tuple(min(o, n // 2) for o, n in zip(overlap, tile, strict=True))


def _smaller(tile: Triple, device: Device) -> Triple:
    """Return the next smaller tile after a pass did not fit; raise DeviceError if there is none."""
    if device.name == "cuda":
        import torch

        torch.cuda.empty_cache()
    smaller = halve(tile)
    if smaller is not None:
        return smaller
    if device.name == "cpu":
        raise DeviceError("This computer does not have enough free memory to run the network: close other programs "
                          "and try again.")
    raise DeviceError(f"The memory of {device.description} is too small or taken: close other programs that use it, "
                      "or run on the CPU with '--device cpu'.")


def _is_memory_full(error: Exception) -> bool:
    import torch

    if isinstance(error, MemoryError | torch.cuda.OutOfMemoryError):
        return True
    return any(words in str(error).lower() for words in _FULL)


def _run(hu: np.ndarray, position: np.ndarray | None, network: FCN, scaling: IntensityScaling, device: Device,
         tiles: list[Tile], temperature: float, progress: Callable[[float], None] | None) -> np.ndarray:
    """Predict every tile and take the mean where tiles overlap."""
    whole = output_shape(hu.shape)
    total, count = np.zeros(whole, np.float32), np.zeros(whole, np.float32)
    for number, tile in enumerate(tiles, 1):
        channels = [scaling.apply(hu[tile.input])[None]]
        if position is not None:
            channels.append(position[(slice(None), *tile.input)])
        total[tile.output] += _probability(np.concatenate(channels), network, device, temperature)
        count[tile.output] += 1
        if progress:
            progress(number / len(tiles))
    return total / count


def _probability(channels: np.ndarray, network: FCN, device: Device, temperature: float) -> np.ndarray:
    """Run the network once on channels (c, z, y, x)."""
    import torch

    with torch.inference_mode():
        x = torch.from_numpy(channels)[None].to(device.name)
        logits = network(x.contiguous(memory_format=_memory_format(device)))
        return torch.sigmoid(logits[0, 0] / temperature).cpu().numpy()
