"""Which engine runs a model: OpenVINO, the fastest on CPUs and without torch, or PyTorch, which runs everywhere."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from icac.errors import DeviceError
from icac.inference.device import choose_device, gpu_may_exist
from icac.inference.engine import Engine
from icac.models import ModelPackage
from icac.network import FcnConfig
from icac.network.kinds import KINDS
from icac.settings import check_engine, check_precision

#: Kinds of networks of which :mod:`icac.inference.openvino_graph` makes a graph, without torch.
OPENVINO_KINDS = (FcnConfig.kind,)


def runs_in_openvino(kind: str) -> bool:
    """Tell whether OpenVINO can run networks of a kind."""
    return kind in OPENVINO_KINDS or KINDS[kind].traceable


def load_engine(package: ModelPackage, engine: str = "auto", device: str = "auto", precision: str = "float32"
                ) -> Engine:
    """Load a model into the engine that runs it fastest.

    Parameters
    ----------
    package : icac.models.ModelPackage
    engine : {"auto", "openvino", "torch"}
        ``auto`` takes OpenVINO on the CPU where it is installed and knows the kind of network, else PyTorch.
    device : {"auto", "cpu", "cuda", "mps"}
        OpenVINO runs on the CPU.
    precision : {"float32", "auto", "bf16"}
        Of OpenVINO, see :class:`icac.inference.openvino_engine.OpenVinoEngine`; PyTorch computes in float32.

    Raises
    ------
    DeviceError
        If the requested engine, device or precision does not work here. What was asked for by name is never replaced.
    ModelError
        If the weights are damaged or do not belong to the described network.

    """
    check_engine(engine)
    check_precision(precision)
    installed = importlib.util.find_spec("openvino") is not None
    if engine == "openvino":
        return _load_openvino(package, device, precision, installed)
    known = runs_in_openvino(package.spec.architecture.kind)
    if engine == "auto" and installed and known and (device == "cpu" or (device == "auto" and not gpu_may_exist())):
        return _load_openvino(package, device, precision, installed)
    from icac.inference.torch_engine import TorchEngine

    chosen = choose_device(device)
    if engine == "auto" and chosen.name == "cpu" and installed and known:
        return _load_openvino(package, device, precision, installed)
    if precision == "bf16":
        raise DeviceError("Only OpenVINO on the CPU computes in bf16: choose '--engine openvino --device cpu', or "
                          "another '--precision'.")
    loaded = TorchEngine(package.load_network(chosen.name), chosen, package.second_look)
    if engine == "auto" and chosen.name == "cpu" and known:
        loaded.name += " (OpenVINO, which is faster on CPUs, is not installed)"
    return loaded


def shared_engine(package: ModelPackage, engine: str = "auto", device: str = "auto", precision: str = "float32"
                  ) -> Engine:
    """Return what :func:`load_engine` does, loaded once a process as long as the same model is asked for."""
    return _kept(_Wanted(package.folder, package.spec.checksum, engine, device, precision, package))


def forget_shared_engine() -> None:
    """Give back the memory of what :func:`shared_engine` keeps, where no further scan follows."""
    _kept.cache_clear()


@dataclass(frozen=True)
class _Wanted:
    """What is kept, which another package object of the same model in the same place is as well."""

    folder: Path
    checksum: str
    engine: str
    device: str
    precision: str
    package: ModelPackage = field(compare=False)


@lru_cache(maxsize=1)
def _kept(wanted: _Wanted) -> Engine:
    return load_engine(wanted.package, wanted.engine, wanted.device, wanted.precision)


def _load_openvino(package: ModelPackage, device: str, precision: str, installed: bool) -> Engine:
    if device not in ("auto", "cpu"):
        raise DeviceError(f"OpenVINO runs on the CPU, not on '{device}': choose '--engine torch' or '--device cpu'.")
    if not runs_in_openvino(kind := package.spec.architecture.kind):
        raise DeviceError(f"Networks of the kind '{kind}' run in PyTorch only: choose '--engine torch'.")
    if not installed:
        raise DeviceError("OpenVINO is not installed: install it, for example with 'pip install openvino', or choose "
                          "'--engine torch'.")
    from icac.inference.openvino_engine import OpenVinoEngine

    return OpenVinoEngine(package, precision)
