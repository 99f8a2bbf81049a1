"""The weights file of a package: safetensors that belong to the described network, or a phrase that says why not."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from icac.files import parse_json
from icac.network.interface.architecture import COUNTER

#: Room in a weights file for the names and places of the weights.
_LARGEST_HEADER = 1_000_000


class Weighted(Protocol):
    """A network of which it is known what weights it has."""

    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of each weight by its name."""

    def weight_bytes(self) -> int:
        """Return the size of the weights, without their names."""


def largest_file(network: Weighted) -> int:
    """Return the most bytes that the weights file of a network can have."""
    return network.weight_bytes() + _LARGEST_HEADER


def check_weights(data: bytes, network: Weighted) -> None:
    """Raise ValueError, with a phrase, unless ``data`` is a safetensors file with the weights of a network.

    Its form is that of https://github.com/huggingface/safetensors: the length of the header, the header in JSON with
    type, shape and place of each weight, and the values.
    """
    header = _header(data)
    expected, found = network.weight_shapes(), set(header) - {"__metadata__"}
    if found != set(expected):
        raise ValueError("its weights do not belong to the network that its model.json describes")
    size = len(data) - 8 - int.from_bytes(data[:8], "little")
    for name, shape in expected.items():
        _check_entry(header[name], name, shape, size)


def load_weights(data: bytes, network: Weighted) -> dict[str, np.ndarray]:
    """Return the weights by name; raises ValueError, with a phrase, if they do not belong or are not finite."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    check_weights(data, network)
    try:
        weights = load(data)
    except SafetensorError as error:
        raise ValueError("its weights are not a safetensors file") from error
    for name, values in weights.items():
        if not np.isfinite(values).all():
            raise ValueError(f"its weights '{name}' are not finite")
    return weights


def _header(data: bytes) -> dict[str, Any]:
    length = int.from_bytes(data[:8], "little")
    try:
        if not 2 <= length <= min(len(data) - 8, _LARGEST_HEADER):
            raise ValueError("the length of the header")
        header = parse_json(data[8:8 + length].decode("utf-8"))
        if not isinstance(header, dict):
            raise ValueError("the header")
    except ValueError as error:
        raise ValueError("its weights are not a safetensors file") from error
    return header


def _check_entry(entry: Any, name: str, shape: tuple[int, ...], size: int) -> None:
    kind, width = ("I64", 8) if name.endswith(COUNTER) else ("F32", 4)
    wanted = {"dtype": kind, "shape": list(shape)}
    if not isinstance(entry, dict) or {key: entry.get(key) for key in wanted} != wanted:
        raise ValueError("its weights do not belong to the network that its model.json describes")
    place = entry.get("data_offsets")
    if not (isinstance(place, list) and len(place) == 2 and all(type(n) is int for n in place)
            and place[0] >= 0 and place[1] <= size and place[1] - place[0] == width * int(np.prod(shape))):
        raise ValueError("its weights are not a safetensors file")
