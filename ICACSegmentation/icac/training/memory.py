"""Memory of the training process: keeping freed blocks for the next step, and how much is in use."""

from __future__ import annotations

import ctypes
import sys

_M_TRIM_THRESHOLD = -1
_M_MMAP_MAX = -4


def keep_freed_memory() -> bool:
    """Let glibc keep freed blocks instead of giving them back to the kernel; returns whether that was possible.

    Every activation of a step is freed and asked for again in the next. Getting the pages anew from the kernel costs
    about as much time as the convolutions of a narrow network on a CPU.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    return bool(mallopt(_M_MMAP_MAX, 0)) and bool(mallopt(_M_TRIM_THRESHOLD, 2**31 - 1))


def peak_memory_gb() -> float:
    """Return the largest resident memory of this process so far, in GB; 0 where it cannot be known."""
    try:
        import resource
    except ImportError:
        return 0.0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9
