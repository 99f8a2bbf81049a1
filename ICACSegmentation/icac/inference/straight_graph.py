"""The network of the second look as an OpenVINO graph, made from its weights without torch."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from icac.inference.openvino_silent import Node, openvino, opset13
from icac.network.interface.geometry import Triple
from icac.network.straight.config import CHANNELS, Block, StraightConfig

#: Added to the variance by torch's batch normalisation.
_EPSILON = 1e-5


def build_straight_graph(weights: Mapping[str, np.ndarray], config: StraightConfig, shape: Triple) -> openvino.Model:
    """Return the graph from what is shown to log-odds.

    Parameters
    ----------
    weights : mapping of str to numpy.ndarray
        ``state_dict`` of :class:`icac.network.straight.network.StraightNetwork`, float32.
    config : StraightConfig
    shape : tuple of int
        Of one carotid drawn out straight, multiples of :data:`icac.network.straight.config.GRID`.

    Returns
    -------
    openvino.Model
        From float32 (1, channels, *shape) to float32 (1, 1, *shape).

    """
    shown = opset13.parameter([1, len(CHANNELS), *shape], np.float32)
    now, seen = shown, list[Node]()
    for block in config.down:
        now = _block(weights, block, _halved(now) if seen else now)
        seen.append(now)
    for block, beside in zip(config.up, seen[-2::-1], strict=True):
        now = _block(weights, block, opset13.concat([_doubled(now), beside], 1))
    score = _convolve(now, weights["score.weight"], weights["score.bias"])
    return openvino.Model([score], [shown], "icac_second_look")


def _block(weights: Mapping[str, np.ndarray], block: Block, x: Node) -> Node:
    for name, _ in block.convolutions:
        scale = weights[f"{name}.norm.weight"] / np.sqrt(weights[f"{name}.norm.running_var"] + _EPSILON)
        shift = weights[f"{name}.norm.bias"] - weights[f"{name}.norm.running_mean"] * scale
        x = opset13.relu(_convolve(x, weights[f"{name}.conv.weight"] * scale[:, None, None, None, None], shift))
    return x


def _convolve(x: Node, weight: np.ndarray, bias: np.ndarray) -> Node:
    margin, one = [n // 2 for n in weight.shape[2:]], [1, 1, 1]
    out = opset13.convolution(x, _constant(weight), one, margin, margin, one)
    return opset13.add(out, _constant(bias.reshape(1, -1, 1, 1, 1)))


def _halved(x: Node) -> Node:
    none, two = [0, 0, 0], [2, 2, 2]
    return opset13.max_pool(x, two, [1, 1, 1], none, none, two).output(0)


def _doubled(x: Node) -> Node:
    size = np.array([2 * int(n) for n in x.output(0).get_shape()][2:], np.int64)
    return opset13.interpolate(x, opset13.constant(size), "nearest", "sizes",
                               coordinate_transformation_mode="asymmetric", nearest_mode="floor",
                               axes=opset13.constant(np.array([2, 3, 4], np.int64)))


def _constant(values: np.ndarray) -> Node:
    return opset13.constant(np.ascontiguousarray(values, dtype=np.float32))
