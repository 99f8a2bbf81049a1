"""The computing device: what the user asked for, what there is, and which one was taken and why."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from icac.errors import DeviceError
from icac.settings import check_device


@dataclass(frozen=True)
class Device:
    """A device that works.

    Attributes
    ----------
    name : {"cpu", "cuda", "mps"}
        As torch calls it.
    description : str
        For the user: which processor it is and, if it was chosen for them, why.

    """

    name: str
    description: str


#: What Linux shows of the drivers of GPUs that PyTorch can use: NVIDIA's, AMD's, and Windows' within its Linux.
_GPU_NODES = ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg")


def gpu_may_exist() -> bool:
    """Tell, without the import of PyTorch, whether there may be a GPU that it can use."""
    if sys.platform == "darwin":
        return platform.machine() == "arm64"
    if sys.platform == "win32":
        return Path("C:/Windows/System32/nvcuda.dll").exists()
    return any(Path(node).exists() for node in _GPU_NODES)


class _UnavailableError(Exception):
    """Why a device cannot be used, as a phrase."""


def _cpu() -> Device:
    import torch

    threads = torch.get_num_threads()
    return Device("cpu", f"CPU with {threads} thread{'s' if threads > 1 else ''}")


def _cuda() -> Device:
    import torch

    if torch.version.cuda is None and torch.version.hip is None:
        raise _UnavailableError("this PyTorch has no GPU support")
    if not torch.cuda.is_available():
        raise _UnavailableError("PyTorch finds no NVIDIA GPU or no driver for it")
    name = torch.cuda.get_device_name()
    _try_out("cuda", name)
    return Device("cuda", f"GPU {name}")


def _mps() -> Device:
    import torch

    if not torch.backends.mps.is_available():
        raise _UnavailableError("there is no Apple GPU")
    _try_out("mps", "Apple GPU")
    return Device("mps", "Apple GPU")


def _try_out(name: str, title: str) -> None:
    """Run one small 3D convolution: GPUs that are too new or too old for the installed PyTorch fail only here."""
    import torch

    try:
        ones = torch.ones(1, 1, 3, 3, 3, device=name)
        works = torch.nn.functional.conv3d(ones, ones).item() == 27
    except (RuntimeError, NotImplementedError):
        works = False
    if not works:
        raise _UnavailableError(f"{title} cannot run the network with PyTorch {torch.__version__}")


_DEVICES: dict[str, Callable[[], Device]] = {"cuda": _cuda, "mps": _mps, "cpu": _cpu}


def choose_device(request: str = "auto") -> Device:
    """Return the device to compute on.

    Parameters
    ----------
    request : {"auto", "cpu", "cuda", "mps"}
        ``auto`` takes an NVIDIA GPU, else an Apple GPU, else the CPU; its description says why.

    Raises
    ------
    DeviceError
        If the requested device does not work here, or PyTorch is not installed. A device that was asked for by
        name is never replaced by another one.

    """
    check_device(request)
    try:
        import torch  # noqa: F401
    except ImportError as error:
        raise DeviceError("PyTorch is not installed: install it, for example with 'pip install torch'.") from error
    if request != "auto":
        try:
            return _DEVICES[request]()
        except _UnavailableError as error:
            raise DeviceError(f"The device '{request}' cannot be used because {error}: choose '--device cpu' or "
                              "'--device auto'.") from error
    return _automatic()


def _automatic() -> Device:
    reasons = []
    for find in (_cuda, _mps):
        try:
            device = find()
            return Device(device.name, f"{device.description} (chosen automatically)")
        except _UnavailableError as error:
            reasons.append(str(error))
    device = _cpu()
    return Device(device.name, f"{device.description} (chosen automatically: {' and '.join(reasons)})")
