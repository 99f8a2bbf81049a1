"""Where the address space of the process is limited, the C library must not reserve what it will never use."""

from __future__ import annotations

import ctypes
import platform

#: Parameter of mallopt(3) in glibc's malloc.h.
_M_ARENA_MAX = -8


def reserve_little() -> bool:
    """Let all threads take memory from one place if ``ulimit -v`` is set; return whether that was done.

    The glibc of Linux otherwise reserves 64 MB of addresses for every thread, and a limit counts what is reserved: with
    one place the network finds room at 1 GB.
    """
    try:
        import resource
    except ImportError:  # Windows
        return False
    if resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY or platform.libc_ver()[0] != "glibc":
        return False
    return bool(ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1))
