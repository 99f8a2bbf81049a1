"""The network in OpenVINO: the fastest engine on CPUs, and ready sooner as torch is not imported."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from icac.errors import is_memory_full
from icac.inference.device import Device
from icac.inference.engine import Engine
from icac.inference.memory import usable_bytes
from icac.inference.openvino_graph import GRAPHS
from icac.inference.openvino_silent import openvino, properties
from icac.inference.tiling import Tile
from icac.models.contents import refusal
from icac.network.interface.geometry import Triple
from icac.reference.position import coarse_shape

if TYPE_CHECKING:
    from icac.models import ModelPackage


class OpenVinoEngine(Engine):
    """A model on the CPU by OpenVINO, in float32. It is compiled for each size of input, 0.2 s each, and kept so.

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
            field = self.config.geometry.receptive_field
            self._graph(*((field, field) if self.config.position else (field,)))
        except (KeyError, ValueError, RuntimeError) as error:
            why = "its weights do not belong to the network that its model.json describes"
            raise refusal(package.folder, why) from error
        self._core = openvino.Core()
        self._busy = threading.Lock()
        self._compiled: dict[tuple[Triple, ...], openvino.CompiledModel] = {}
        threads = _threads()
        self.device = Device("cpu", f"CPU with {threads} thread{'s' if threads > 1 else ''}")
        self.name = f"OpenVINO {openvino.__version__.split('-')[0]}"
        self._options = {properties.inference_num_threads(): threads, properties.num_streams(): 1,
                         properties.hint.inference_precision(): openvino.Type.f32}

    def prepare(self, parts: Sequence[Tile], *, coarse_position: bool) -> None:
        """Compile the network for the sizes of ``parts``, unless the memory is too small: passes then are smaller."""
        shapes = [self.config.geometry.input_shape(part.shape) for part in parts]
        if max(self.config.forward_bytes(shape) for shape in shapes) > usable_bytes(self.device.name):
            return
        try:
            for shape in shapes:
                self._compile((shape, coarse_shape(shape)) if coarse_position else (shape,))
        except (RuntimeError, MemoryError) as error:
            if not is_memory_full(error):
                raise
            self.release()

    def logits(self, hu: np.ndarray, position: np.ndarray | None) -> np.ndarray:
        """Run the network once, see :meth:`Engine.logits`."""
        inputs = [hu[None, None]] if position is None else [hu[None, None], position[None]]
        shapes = tuple(x.shape[2:] for x in inputs)
        with self._busy:
            compiled = self._compile(shapes)
            for other in self._compiled.keys() - {shapes}:
                self._compiled[other].release_memory()  # the feature maps of one size at a time
            logits = compiled(inputs, share_inputs=True)[0][0].copy()
            if len(self._compiled) > 1:
                compiled.release_memory()  # before the next size of input is made
            return logits

    def _graph(self, *shapes: Triple) -> openvino.Model:
        """Return the graph for inputs of these shapes."""
        return GRAPHS[self.config.kind](self._weights, self.config, *shapes)

    def _compile(self, shapes: tuple[Triple, ...]) -> openvino.CompiledModel:
        """Return the network for inputs of these shapes."""
        if shapes not in self._compiled:
            graph = self._graph(*shapes)
            self._compiled[shapes] = self._core.compile_model(graph, "CPU", self._options)
        return self._compiled[shapes]

    def release(self) -> None:
        """Give back the memory of the compiled networks with their feature maps."""
        self._compiled.clear()


def _threads() -> int:
    """Return how many threads to use: what ``OMP_NUM_THREADS`` says, as for PyTorch, or one a processor allowed."""
    asked = os.environ.get("OMP_NUM_THREADS", "")
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(int(asked), allowed) if asked.isdigit() and int(asked) > 0 else allowed
