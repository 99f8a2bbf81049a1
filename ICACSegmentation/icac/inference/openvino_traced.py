"""A network in torch as an OpenVINO graph: for kinds whose layers are known to torch only.

The network is traced once on the smallest input that it takes; all its sizes follow from the input, so that the trace
holds for any other. Positions of every second voxel are interpolated in front of it, as by
:mod:`icac.inference.openvino_graph`.
"""

from __future__ import annotations

import warnings

import numpy as np
import torch

from icac.inference.openvino_graph import refined
from icac.inference.openvino_silent import openvino, opset13
from icac.network.interface.geometry import Triple
from icac.network.interface.network import Network


class TracedGraph:
    """Makes the graph of a network for inputs of any shape.

    Parameters
    ----------
    network : Network
        In eval mode.

    """

    def __init__(self, network: Network) -> None:
        self._inputs = network.config.inputs
        example = torch.zeros(1, self._inputs, *network.config.geometry.input_shape((1, 1, 1)))
        with warnings.catch_warnings(), torch.inference_mode():
            warnings.simplefilter("ignore")  # of what depends on the numbers of the example: nothing does
            self._model = openvino.convert_model(network, example_input=example)

    def __call__(self, shape: Triple, position_shape: Triple | None = None) -> openvino.Model:
        """Return the graph as :func:`icac.inference.openvino_graph.build_graph` does, for shapes (z, y, x)."""
        model = self._model.clone()
        model.reshape([1, self._inputs, *shape])
        if position_shape is None:
            return model
        hu = opset13.parameter([1, 1, *shape], np.float32)
        position = opset13.parameter([1, self._inputs - 1, *position_shape], np.float32)
        joined = opset13.concat([hu, refined(position, hu)], 1)
        model.inputs[0].replace(joined.output(0))
        return openvino.Model(model.get_results(), [hu, position], "icac")
