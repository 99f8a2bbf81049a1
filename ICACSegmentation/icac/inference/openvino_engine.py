"""The network in OpenVINO: the fastest engine on CPUs, and ready sooner as torch is not imported."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

import icac
from icac.errors import DeviceError, is_memory_full
from icac.geometry import three
from icac.inference import openvino_graph, trial
from icac.inference.device import Device
from icac.inference.engine import Engine
from icac.inference.memory import usable_bytes
from icac.inference.openvino_graph import GRAPHS
from icac.inference.openvino_silent import openvino, properties
from icac.inference.remembered import remembered, sources_sha256
from icac.inference.tiling import Tile
from icac.log import LOGGER
from icac.models.contents import refusal
from icac.network.interface.geometry import Triple
from icac.reference import reference_sha256
from icac.reference.position import coarse_shape

if TYPE_CHECKING:
    from icac.models import ModelPackage
    from icac.models.second_look import SecondLookWeights


#: What must be free for the trial of bf16: both compiled networks stay in the address space, and what comes after needs
#: it more.
_TRIAL_BYTES = 2**30

#: One for the whole process. With every core, OpenVINO gives the thread a stack for signals, takes it away with the
#: core, and puts back the one before, be it that of another core that is gone: then the next signal, a mere Ctrl-C,
#: ends the process as a crash.
_CORE = openvino.Core()

#: What OpenVINO calls the precisions.
_TYPES = {"float32": openvino.Type.f32, "bf16": openvino.Type.bf16}


class OpenVinoEngine(Engine):
    """A model on the CPU by OpenVINO. It is compiled for each size of input, 0.2 s each, and kept so.

    Parameters
    ----------
    package : ModelPackage
    precision : {"float32", "auto", "bf16"}
        In bf16 a pass takes half of the time and memory, on processors that are made for it; elsewhere it is refused.
        ``auto`` takes it there if the model finds the same with it on a small piece of a head
        (:mod:`icac.inference.trial`), else float32; what was found is remembered (:mod:`icac.inference.remembered`).

    Raises
    ------
    DeviceError
        If the processor is not made for bf16, which was asked for.
    ModelError
        If the weights are damaged or do not belong to the described network.

    """

    def __init__(self, package: ModelPackage, precision: str = "float32") -> None:
        self.config = package.spec.architecture
        self._graph = _graph_of(package)
        self._busy = threading.Lock()
        self._compiled: dict[tuple[tuple[Triple, ...], bool], openvino.CompiledModel] = {}
        threads = _threads()
        self.device = Device("cpu", f"CPU with {threads} thread{'s' if threads > 1 else ''}")
        # Unless told not to, OpenVINO binds its threads to the first cores: those of two processes, such as the workers
        # of a cohort, would then share one core while others are idle.
        self._options = {properties.inference_num_threads(): threads, properties.num_streams(): 1,
                         properties.hint.enable_cpu_pinning(): False}
        self._precision = self._chosen(precision, package)
        self.name = f"OpenVINO {openvino.__version__.split('-')[0]} in {self._precision}"
        if package.second_look:
            self.second_look = self._second_look(package.second_look)

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
        return self.logits_and_features(hu, position)[0]

    def logits_and_features(self, hu: np.ndarray, position: np.ndarray | None
                            ) -> tuple[np.ndarray, np.ndarray | None]:
        """Run the network once, and keep its coarsest features; see :meth:`Engine.logits_and_features`."""
        logits, *features = self._run(hu, position)
        return logits, features[0] if features else None

    def features(self, hu: np.ndarray, position: np.ndarray | None) -> np.ndarray | None:
        """Return the features alone: the finer half of the network is not computed."""
        return self._run(hu, position, only_features=True)[0] if self.config.coarsest_features else None

    def _run(self, hu: np.ndarray, position: np.ndarray | None, only_features: bool = False) -> list[np.ndarray]:
        """Return what the network tells: logits and, if the graph has them, features; or these alone."""
        inputs = [hu[None, None]] if position is None else [hu[None, None], position[None]]
        shapes = tuple(x.shape[2:] for x in inputs)
        with self._busy:
            compiled = self._compile(shapes, only_features)
            for other in self._compiled.values():
                if other is not compiled:
                    other.release_memory()  # the feature maps of one size at a time
            made = compiled(inputs, share_inputs=True)
            found = [made[number][0].copy() for number in range(len(made))]
            if len(self._compiled) > 1:
                compiled.release_memory()  # before the next size of input is made
            return found

    def _second_look(self, weights: SecondLookWeights) -> Callable[[np.ndarray], np.ndarray]:
        """Return what runs the second look, always in float32: the trial of bf16 says nothing of it."""
        from icac.inference.straight_graph import build_straight_graph

        network, compiled = weights.load(), {}

        def run(shown: np.ndarray) -> np.ndarray:
            shape = three(shown.shape[1:])
            with self._busy:
                if shape not in compiled:
                    options = {**self._options, properties.hint.inference_precision(): _TYPES["float32"]}
                    compiled[shape] = _CORE.compile_model(build_straight_graph(network, weights.config, shape), "CPU",
                                                          options)
                return compiled[shape]([shown[None]], share_inputs=True)[0][0, 0].copy()

        return run

    def _chosen(self, precision: str, package: ModelPackage) -> str:
        """Return the precision that is used: bf16 where it was asked for, or is native and finds the same."""
        if precision == "auto":
            return "bf16" if self._is_tried(package) else "float32"
        if precision == "bf16" and not self._is_native():
            raise DeviceError("This processor is not made for bf16: leave '--precision' away, or choose float32.")
        return precision

    def _is_native(self) -> bool:
        """Tell whether the processor is made for bf16."""
        return "BF16" in _CORE.get_property("CPU", properties.device.capabilities())

    def _is_tried(self, package: ModelPackage) -> bool:
        """Tell whether bf16 is native and the model finds the same in it; not where the memory is too little to try."""
        if usable_bytes("cpu") < _TRIAL_BYTES:
            LOGGER.info("memory is little: float32 is used without a trial of bf16")
            return False
        if not self._is_native():
            return False
        try:
            same = remembered(self._facts(package), lambda: self._finds_the_same(package))
        except (RuntimeError, MemoryError) as error:
            if not is_memory_full(error):
                raise
            return False
        if not same:
            LOGGER.info("the model finds something else in bf16: float32 is used")
        return same

    def _facts(self, package: ModelPackage) -> dict[str, str]:
        """Return all that the verdict of the trial depends on."""
        device = properties.device
        return {"icac": icac.__version__, "openvino": openvino.__version__, "weights": package.spec.stored.sha256,
                "architecture": str(self.config), "intensity": str(package.spec.intensity),
                "processor": _CORE.get_property("CPU", device.full_name()), "threads": str(_threads()),
                "capabilities": " ".join(sorted(_CORE.get_property("CPU", device.capabilities()))),
                "reference": reference_sha256(), "sources": sources_sha256(trial.__file__, openvino_graph.__file__)}

    def _finds_the_same(self, package: ModelPackage) -> bool:
        piece = trial.make_piece(self.config)
        inputs = [package.spec.intensity.apply(piece.hu)[None, None]]
        inputs += [] if piece.position is None else [piece.position[None]]
        shapes = tuple(x.shape[2:] for x in inputs)
        exact, rounded = (self._made(shapes, precision)(inputs)[0][0, 0] for precision in ("float32", "bf16"))
        return trial.is_same(exact, rounded, piece.dense)

    def _compile(self, shapes: tuple[Triple, ...], only_features: bool = False) -> openvino.CompiledModel:
        """Return the network for inputs of these shapes, or the part of it that makes features."""
        wanted = shapes, only_features
        if wanted not in self._compiled:
            self._compiled[wanted] = self._made(shapes, self._precision, only_features)
        return self._compiled[wanted]

    def _made(self, shapes: tuple[Triple, ...], precision: str, only_features: bool = False) -> openvino.CompiledModel:
        options = {**self._options, properties.hint.inference_precision(): _TYPES[precision]}
        graph = self._graph(*shapes)
        if only_features:
            graph = openvino.Model(graph.get_results()[1:], graph.get_parameters(), graph.get_friendly_name())
        return _CORE.compile_model(graph, "CPU", options)

    def release(self) -> None:
        """Give back the memory of the compiled networks with their feature maps."""
        self._compiled.clear()


def _graph_of(package: ModelPackage) -> Callable[..., openvino.Model]:
    """Return what makes the graph of a model for inputs of given shapes (z, y, x)."""
    config = package.spec.architecture
    if config.kind not in GRAPHS:
        from icac.inference.openvino_traced import TracedGraph

        return TracedGraph(package.load_network())
    graph = partial(GRAPHS[config.kind], package.load_weights(), config)
    try:
        field = config.geometry.receptive_field
        graph(*((field, field) if config.position else (field,)))
    except (KeyError, ValueError, RuntimeError) as error:
        why = "its weights do not belong to the network that its model.json describes"
        raise refusal(package.folder, why) from error
    return graph


def _threads() -> int:
    """Return how many threads to use: what ``OMP_NUM_THREADS`` says, as for PyTorch, or one a processor allowed."""
    asked = os.environ.get("OMP_NUM_THREADS", "")
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(int(asked), allowed) if asked.isdigit() and int(asked) > 0 else allowed
