"""The network as an OpenVINO graph, made from its layer list and its weights without torch.

What :func:`icac.network.fold_network` does to the torch module is done here to the numbers: batch normalisations that
follow a convolution are merged into it, the others become one multiplication and addition, and the 1 x 1 x 1
convolution of a merge runs on the coarse features before they are up-sampled. Every size is fixed, as OpenVINO is
fastest then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from icac.geometry import three
from icac.inference.openvino_silent import Node, openvino, opset13
from icac.network.bortsova2017 import trace
from icac.network.bortsova2017.choices import FcnChoices
from icac.network.bortsova2017.config import FcnConfig
from icac.network.bortsova2017.layout import BOTTOM, CLASSIFIER, POOLED, Block, Convolution, Merge, Pyramid, layout
from icac.network.interface.geometry import Triple, cells_of

#: Added to the variance by torch's batch normalisation.
_EPSILON = 1e-5

Weights = Mapping[str, np.ndarray]


def build_graph(weights: Weights, config: FcnChoices, shape: Triple, position_shape: Triple | None = None
                ) -> openvino.Model:
    """Return the graph from the scaled input to logits.

    Parameters
    ----------
    weights : mapping of str to numpy.ndarray
        ``state_dict`` of an :class:`icac.network.FCN`, float32.
    config : FcnChoices
    shape : tuple of int
        (z, y, x) of the scaled CT.
    position_shape : tuple of int, optional
        (z, y, x) of the position channels, if the network is told them: that of the CT, or that of every second voxel
        (:func:`icac.reference.position.coarse_shape`), between which the graph interpolates.

    Returns
    -------
    openvino.Model
        From float32 (1, 1, z, y, x), and (1, channels, z, y, x) of the position, to logits, float32
        (1, outputs, z, y, x), and features of the coarsest layer, float32 (1, features, z, y, x), one value for each
        cell of the grid of the output.

    Raises
    ------
    KeyError, ValueError, RuntimeError
        If the weights do not belong to the configuration, or the input is too small.

    """
    return _Builder(weights, config).model(shape, position_shape)


class _Builder:
    """Turns the stages of the layout into nodes, one after the other."""

    def __init__(self, weights: Weights, config: FcnChoices) -> None:
        self._weights, self._config = weights, config

    def model(self, shape: Triple, position_shape: Triple | None) -> openvino.Model:
        inputs = [opset13.parameter([1, 1, *shape], np.float32)]
        now = inputs[0]
        if position_shape:
            inputs.append(opset13.parameter([1, self._config.inputs - 1, *position_shape], np.float32))
            now = opset13.concat([now, refined(inputs[1], now)], 1)
        stages = layout(self._config)
        skips = {BOTTOM, *(stage.skip for stage in stages if isinstance(stage, Merge))}
        kept: dict[str, Node] = {}
        for stage in stages:
            if isinstance(stage, Merge):
                now = self._merge(stage, now, kept[stage.skip])
            elif isinstance(stage, Pyramid):
                now = self._pyramid(stage, now)
            elif isinstance(stage, Block):
                now = self._block(stage, now)
            elif not stage.activated:
                now = self._convolution(f"stages.{stage.name}", stage, now)
            elif stage.name == CLASSIFIER:
                now = self._classifier(stage, now)
            else:
                now = self._activated(f"stages.{stage.name}", stage, now)
            if stage.name in skips:
                kept[stage.name] = now
        return openvino.Model([now, _cells(kept[BOTTOM], now)], inputs, "icac")

    def _block(self, block: Block, x: Node) -> Node:
        first, second = block.convolutions
        name = f"stages.{block.name}"
        out = self._activated(f"{name}.first", first, x, norm_after=f"{name}.second.norm")
        out = self._convolution(f"{name}.second.conv", second, opset13.relu(out))
        return opset13.add(out, _crop(x, trace.block_crop((first, second)), out)) if self._config.residual else out

    def _merge(self, merge: Merge, coarse: Node, fine: Node) -> Node:
        """Mix coarse and fine features apart and add them, see :class:`icac.network.bortsova2017.fold.SplitMerge`."""
        name, split = f"stages.{merge.name}.mix", merge.convolution.inputs - merge.convolution.outputs
        weight, bias = self._weights[f"{name}.conv.weight"], self._weights[f"{name}.conv.bias"]
        scale, shift = self._affine(f"{name}.norm")
        coarse = _affine(coarse, scale[:split], shift[:split])
        coarse = _upsample(_convolve(opset13.relu(coarse), weight[:, :split], np.zeros_like(bias), (1, 1, 1)),
                           merge.factor)
        fine = _affine(_crop(fine, trace.skip_crop(merge, self._config.pyramid), coarse), scale[split:], shift[split:])
        return opset13.add(_convolve(opset13.relu(fine), weight[:, split:], bias, (1, 1, 1)), coarse)

    def _pyramid(self, pyramid: Pyramid, x: Node) -> Node:
        means = [x, *(_mean_around(x, box) for box in POOLED)]
        parts = [_crop(mean, three((n - k) // 2 for n, k in zip(_size(mean), _size(means[-1]), strict=True)), means[-1])
                 for mean in means]
        return self._activated(f"stages.{pyramid.name}.mix", pyramid.convolution, opset13.concat(parts, 1))

    def _classifier(self, spec: Convolution, x: Node) -> Node:
        name = f"stages.{spec.name}"
        return self._activated(f"{name}.score", spec, x, norm_after=f"{name}.norm")

    def _activated(self, name: str, spec: Convolution, x: Node, norm_after: str | None = None) -> Node:
        x = opset13.relu(_affine(x, *self._affine(f"{name}.norm")))
        return self._convolution(f"{name}.conv", spec, x, norm_after)

    def _convolution(self, name: str, spec: Convolution, x: Node, norm_after: str | None = None) -> Node:
        weight, bias = self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]
        if weight.shape != (spec.outputs, spec.inputs, *spec.kernel):
            raise ValueError(f"The weights '{name}' have the shape {weight.shape}.")
        if norm_after:
            scale, shift = self._affine(norm_after)
            weight, bias = weight * scale[:, None, None, None, None], bias * scale + shift
        return _convolve(x, weight, bias, spec.stride)

    def _affine(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Return scale and shift of a batch normalisation in use, (features,)."""
        weight, bias, mean, variance = (self._weights[f"{name}.{part}"].astype(np.float64)
                                        for part in ("weight", "bias", "running_mean", "running_var"))
        scale = weight / np.sqrt(variance + _EPSILON)
        return scale, bias - mean * scale


def _constant(values: np.ndarray) -> Node:
    return opset13.constant(np.ascontiguousarray(values, dtype=np.float32))


def _by_channel(values: np.ndarray) -> Node:
    return _constant(values.reshape(1, -1, 1, 1, 1))


def _affine(x: Node, scale: np.ndarray, shift: np.ndarray) -> Node:
    return opset13.add(opset13.multiply(x, _by_channel(scale)), _by_channel(shift))


def _convolve(x: Node, weight: np.ndarray, bias: np.ndarray, stride: Triple) -> Node:
    none = [0, 0, 0]
    return opset13.add(opset13.convolution(x, _constant(weight), list(stride), none, none, [1, 1, 1]),
                       _by_channel(bias))


def _mean_around(x: Node, box: Triple) -> Node:
    """Return the means over boxes of which all lies in ``x``."""
    none = [0, 0, 0]
    return opset13.avg_pool(x, [1, 1, 1], none, none, list(box), exclude_pad=True)


def _size(x: Node) -> list[int]:
    return [int(n) for n in x.output(0).get_shape()][2:]


def _crop(x: Node, start: Triple, target: Node) -> Node:
    """Return the part of ``x`` of the size of ``target`` that begins at ``start`` (z, y, x)."""
    stop = [s + n for s, n in zip(start, _size(target), strict=True)]
    begin, end, step, axes = (opset13.constant(np.array(v, np.int64)) for v in (start, stop, (1, 1, 1), (2, 3, 4)))
    return opset13.slice(x, begin, end, step, axes)


def _cells(features: Node, logits: Node) -> Node:
    """Return the part of the coarsest features that belongs to the output."""
    ranges = cells_of(three(_size(features)), three(_size(logits)), trace.geometry().grid)
    begin, end = ([pair[side] for pair in ranges] for side in (0, 1))
    constants = (opset13.constant(np.array(v, np.int64)) for v in (begin, end, (1, 1, 1), (2, 3, 4)))
    return opset13.slice(features, *constants)


def refined(position: Node, target: Node) -> Node:
    """Interpolate position channels of every second voxel linearly on all voxels of ``target``."""
    if _size(position) == _size(target):
        return position
    return _crop(_resized(position, (2, 2, 2), "linear_onnx"), (0, 0, 0), target)


def _upsample(x: Node, factor: Triple) -> Node:
    """Repeat every value along the axes."""
    return _resized(x, factor, "nearest", nearest_mode="floor")


def _resized(x: Node, factor: Triple, mode: str, **options: str) -> Node:
    """Resize along the axes of space; value i lies at ``factor`` * i of the result."""
    size = [n * f for n, f in zip(_size(x), factor, strict=True)]
    return opset13.interpolate(x, opset13.constant(np.array(size, np.int64)), mode, "sizes",
                               coordinate_transformation_mode="asymmetric",
                               axes=opset13.constant(np.array([2, 3, 4], np.int64)), **options)


#: What makes the graph of a network, by its kind: as :func:`build_graph`.
GRAPHS: dict[str, Callable[..., openvino.Model]] = {FcnConfig.kind: build_graph}
