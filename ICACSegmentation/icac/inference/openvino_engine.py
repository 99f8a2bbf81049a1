"""The network in OpenVINO: the fastest engine on CPUs, and ready sooner as torch is not imported."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
import openvino
from openvino import properties

from icac.inference.device import Device
from icac.inference.engine import Engine
from icac.inference.openvino_graph import build_graph
from icac.models.contents import refusal
from icac.network.geometry import receptive_field
from icac.network.layout import Triple

if TYPE_CHECKING:
    from icac.models import ModelPackage

#: What errors say when memory is full.
_FULL = ("bad_alloc", "out of memory", "not enough memory", "could not create a memory", "failed to allocate",
         "cannot allocate")


class OpenVinoEngine(Engine):
    """A model on the CPU by OpenVINO, in float32. It is compiled for each size of input, a quarter of a second each.

    Parameters
    ----------
    package : ModelPackage

    Raises
    ------
    ModelError
        If the weights are damaged or do not belong to the described network.

    """

    def __init__(self, package: ModelPackage) -> None:
        self.config = package.spec.architecture
        self._weights = package.load_weights()
        try:
            build_graph(self._weights, self.config, receptive_field())
        except (KeyError, ValueError, RuntimeError) as error:
            why = "its weights do not belong to the network that its model.json describes"
            raise refusal(package.folder, why) from error
        self._core = openvino.Core()
        self._requests: dict[Triple, openvino.InferRequest] = {}
        threads = _threads()
        self.device = Device("cpu", f"CPU with {threads} thread{'s' if threads > 1 else ''}")
        self.name = f"OpenVINO {openvino.__version__.split('-')[0]}"
        self._options = {properties.inference_num_threads(): threads, properties.num_streams(): 1,
                         properties.hint.inference_precision(): openvino.Type.f32}

    def logits(self, channels: np.ndarray) -> np.ndarray:
        """Run the network once, see :meth:`Engine.logits`."""
        request = self._request(channels.shape[1:])
        request.infer([channels[None]], share_inputs=True)
        return request.get_output_tensor().data[0, 0].copy()

    def is_memory_full(self, error: Exception) -> bool:
        """Tell whether an error says that the memory did not suffice."""
        return isinstance(error, MemoryError) or any(words in str(error).lower() for words in _FULL)

    def release(self) -> None:
        """Drop the compiled networks with their buffers."""
        self._requests.clear()

    def _request(self, shape: Triple) -> openvino.InferRequest:
        """Compile for one size of input; that of the size before is dropped, as it keeps its feature maps."""
        if shape not in self._requests:
            self.release()
            graph = build_graph(self._weights, self.config, shape)
            self._requests[shape] = self._core.compile_model(graph, "CPU", self._options).create_infer_request()
        return self._requests[shape]


def _threads() -> int:
    """Return how many threads to use: what ``OMP_NUM_THREADS`` says, as for PyTorch, or one a processor allowed."""
    asked = os.environ.get("OMP_NUM_THREADS", "")
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(int(asked), allowed) if asked.isdigit() and int(asked) > 0 else allowed
