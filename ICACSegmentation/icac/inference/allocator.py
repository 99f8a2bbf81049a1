"""Keeping freed memory in the process, which halves the time of the network on CPUs under Linux.

The C library of most Linux systems (glibc) returns every large block to the kernel when it is freed, and the
kernel clears it again when the next layer asks for it. Telling glibc to keep such blocks saves those page faults:
1.5 to 2 times faster in all for this network. The price is that the process holds its peak memory until it ends.
"""

from __future__ import annotations

import ctypes
import platform
from functools import lru_cache

# parameters of mallopt(3) in glibc's malloc.h
_M_TRIM_THRESHOLD = -1
_M_MMAP_MAX = -4


@lru_cache(maxsize=1)
def keep_freed_memory() -> bool:
    """Let the C library keep freed memory for the rest of the process; return whether it does.

    It does nothing, and returns False, where the C library is not glibc.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    mallopt.argtypes, mallopt.restype = (ctypes.c_int, ctypes.c_int), ctypes.c_int
    return bool(mallopt(_M_MMAP_MAX, 0) and mallopt(_M_TRIM_THRESHOLD, 2**31 - 1))
