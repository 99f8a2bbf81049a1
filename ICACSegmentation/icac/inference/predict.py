"""From CT numbers to the probability of ICAC: one pass where memory allows, else tiles that give the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from icac.errors import DeviceError, is_memory_full
from icac.geometry import three
from icac.geometry.box import Box
from icac.inference.device import Device
from icac.inference.engine import Engine
from icac.inference.memory import usable_bytes
from icac.inference.tiling import Tile, halve
from icac.log import LOGGER
from icac.network.interface.architecture import Architecture
from icac.network.interface.geometry import Triple
from icac.reference.position import coarse_shape

if TYPE_CHECKING:
    from icac.inference.features import FeatureCells
    from icac.models.spec import IntensityScaling
    from icac.network.interface.network import Network


def predict(hu: np.ndarray, network: Network, scaling: IntensityScaling, device: Device, **options: Any) -> np.ndarray:
    """Compute the probability of ICAC with a torch network, in eval mode; it is moved to the device.

    See :func:`predict_with` for the rest.
    """
    from icac.inference.torch_engine import TorchEngine

    return predict_with(TorchEngine(network, device), hu, scaling, **options)


def predict_with(engine: Engine, hu: np.ndarray, scaling: IntensityScaling, **options: Any) -> np.ndarray:
    """Compute the probability of ICAC, float32 (z, y, x); see :func:`predict_outputs` for the rest."""
    return predict_outputs(engine, hu, scaling, **options)[0]


def predict_outputs(engine: Engine, hu: np.ndarray, scaling: IntensityScaling, *, position: np.ndarray | None = None,
                    parts: Sequence[Tile] | None = None, tile: Triple | None = None, overlap: Triple | None = None,
                    temperature: float = 1.0, memory_bytes: int | None = None,
                    features: FeatureCells | None = None,
                    progress: Callable[[float], None] | None = None) -> np.ndarray:
    """Compute what the network tells: the probability of ICAC and, if it has that output, of the inside of a carotid.

    Parameters
    ----------
    engine : Engine
    hu : numpy.ndarray
        CT numbers in HU, shape (z, y, x), on voxels of the size the network was trained on, with the margin that
        the network needs: its geometry says how much around a box of interest.
    scaling : icac.models.IntensityScaling
        From HU to the network's input.
    position : numpy.ndarray, optional
        Position channels, float32 (c, z, y, x) of the voxels of ``hu`` or of every second one, for a network that is
        told them (:mod:`icac.reference.position`).
    parts : sequence of Tile, optional
        What to compute of the output, such as :func:`icac.inference.slabs.plan_slabs` finds; it is 0 elsewhere.
    tile : tuple of int, optional
        Shape (z, y, x) of the output of one pass. If omitted, it is the largest that ``memory_bytes`` allows.
        The result does not depend on it.
    overlap : tuple of int, optional
        Voxels (z, y, x) that neighbouring tiles share; the mean is taken there. As many as the geometry of the network
        asks for if omitted: none where tiles agree to rounding, as those of valid convolutions do.
    temperature : float
        Divides the logits of ICAC.
    memory_bytes : int, optional
        Memory for one pass; half of what is free if omitted.
    features : FeatureCells, optional
        Gets the features of the network, of an engine that gives them.
    progress : callable, optional
        Called with the fraction (0 to 1) of the tiles that are done.

    Returns
    -------
    numpy.ndarray
        Probabilities, float32 (outputs, z, y, x), of the shape that the geometry says; voxel (0, 0, 0) lies on voxel
        ``offset`` of ``hu``.

    Raises
    ------
    ValueError
        If ``hu`` is smaller than the network's receptive field, or the position is missing or not wanted.
    DeviceError
        If the device's memory does not even suffice for the smallest tile. The device is never changed.

    """
    if (position is None) == engine.config.position:
        raise ValueError("The network needs position channels." if position is None else
                         "The network takes no position channels.")
    geometry = engine.config.geometry
    whole = geometry.output_shape(three(hu.shape))
    parts = parts or [Tile((0, 0, 0), whole)]
    scarce = False
    if tile is None:
        largest = three(int(n) for n in np.max([part.shape for part in parts], axis=0))
        tile = _choose_tile(engine.config, largest, memory_bytes or usable_bytes(engine.device.name))
        scarce = tile != largest
        if scarce:
            LOGGER.info("little memory is free: tiles of %d x %d x %d voxels (z, y, x) instead of one", *tile)
    while True:
        try:
            tiles = [small for part in parts for small in part.cut(tile, geometry.grid, overlap or geometry.overlap)]
            found = _run(hu, position, engine, scaling, tiles, temperature, features, progress)
            if scarce:
                engine.release()  # what is measured afterwards needs some, too
            return found
        except (RuntimeError, MemoryError) as error:
            if not is_memory_full(error):
                raise
        scarce = True
        # outside of the handler, as the error keeps the tensors of the failed pass alive
        engine.release()
        tile = _smaller(tile, geometry.grid, engine.device)
        LOGGER.info("the memory did not suffice; going on with tiles of %d x %d x %d voxels (z, y, x)", *tile)


def _choose_tile(network: Architecture, whole: Triple, budget: int) -> Triple:
    """Return the largest tile, whole or halved, of which the pass fits into ``budget`` bytes."""
    tile = whole
    while network.forward_bytes(network.geometry.input_shape(tile)) > budget:
        smaller = halve(tile, network.geometry.grid)
        if smaller is None:
            break
        tile = smaller
    return tile


def _smaller(tile: Triple, grid: Triple, device: Device) -> Triple:
    """Return the next smaller tile after a pass did not fit; raise DeviceError if there is none."""
    smaller = halve(tile, grid)
    if smaller is not None:
        return smaller
    if device.name == "cpu":
        raise DeviceError("This computer does not have enough free memory to run the network: close other programs "
                          "and try again.")
    raise DeviceError(f"The memory of {device.description} is too small or taken: close other programs that use it, "
                      "or run on the CPU with '--device cpu'.")


def _run(hu: np.ndarray, position: np.ndarray | None, engine: Engine, scaling: IntensityScaling, tiles: list[Tile],
         temperature: float, features: FeatureCells | None, progress: Callable[[float], None] | None) -> np.ndarray:
    """Predict every tile and take the mean where tiles overlap."""
    geometry = engine.config.geometry
    whole = geometry.output_shape(three(hu.shape))
    total, count = np.zeros((engine.config.outputs, *whole), np.float32), np.zeros(whole, np.uint16)
    scale = np.ones((len(total), 1, 1, 1), np.float32)
    scale[0] = temperature
    for number, tile in enumerate(tiles, 1):
        there = None if position is None else cut_position(position, tile.input(geometry), three(hu.shape))
        shown = scaling.apply(hu[tile.input(geometry)])
        if features is None:
            logits = engine.logits(shown, there)
        else:
            logits, found = engine.logits_and_features(shown, there)
            features.put(tile, found)
        z, y, x = tile.output
        total[:, z, y, x] += _sigmoid(logits / scale)
        count[tile.output] += 1
        if progress:
            progress(number / len(tiles))
    return total / np.maximum(count, 1)


def cut_position(position: np.ndarray, block: Box, shape: Triple) -> np.ndarray:
    """Return the position channels of a block of the input, at every voxel or every second one as they are given."""
    if position.shape[1:] != shape:
        sizes = coarse_shape(three(s.stop - s.start for s in block))
        block = three(slice(s.start // 2, s.start // 2 + n) for s, n in zip(block, sizes, strict=True))
    z, y, x = block
    return np.ascontiguousarray(position[:, z, y, x])


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):  # a very negative logit: 1 / (1 + infinity) is the 0 that it should be
        return 1 / (1 + np.exp(-logits))
