"""Where the address space of the process is limited, libraries must not reserve what they will never use."""

from __future__ import annotations

import ctypes
import os
import platform

from icac.address_space import address_space_limit
from icac.errors import DeviceError

#: Parameters of mallopt(3) in glibc's malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8

#: Blocks from this size on are taken from the system one by one, and given back as soon as they are freed, bytes.
_LARGE = 1 << 18

#: Stack of a thread, bytes: more than macOS and musl give any.
_STACK = 1 << 21

#: One thread for so many bytes of address space: each takes its stack, and its buffers in every library.
_BYTES_A_THREAD = 1 << 30

#: Less address space, in bytes, does not hold the libraries: native ones end the process while they are loaded.
_LEAST = 640 << 20

#: What tells OpenBLAS, OpenVINO and PyTorch, and ITK how many threads to start; they read it when they are loaded.
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS")


def reserve_little() -> bool:
    """Let memory be taken sparingly if ``ulimit -v`` is set; return whether that was done.

    A limit counts what is reserved. The glibc of Linux reserves 64 MB of addresses for every thread, and keeps what
    large arrays took when those are gone; with one place for all, and large arrays apart from it, the network finds
    room at 1 GB. To be called before any library is loaded.
    """
    limit = address_space_limit()
    if limit is None or platform.libc_ver()[0] != "glibc":
        return False
    for name in _THREADS:
        os.environ.setdefault(name, str(max(1, limit // _BYTES_A_THREAD)))
    library = ctypes.CDLL(None)
    _small_stacks(library)
    mallopt = library.mallopt
    return all([mallopt(_M_ARENA_MAX, 1), mallopt(_M_MMAP_THRESHOLD, _LARGE), mallopt(_M_TRIM_THRESHOLD, _LARGE)])


def refuse_too_little() -> None:
    """Raise DeviceError if the process is allowed less address space than the libraries take."""
    limit = address_space_limit()
    if limit is not None and limit < _LEAST:
        raise DeviceError(f"This process may use {limit / 2**30:.1f} GB of memory, and the libraries alone take "
                          f"{_LEAST / 2**30:.1f}: raise its limit (ulimit -v), or take another computer.")


def _small_stacks(library: ctypes.CDLL) -> None:
    """Give new threads a smaller stack than the 8 MB that are usual, where the C library can be told so."""
    set_default = getattr(library, "pthread_setattr_default_np", None)
    attributes = ctypes.create_string_buffer(256)  # room for a pthread_attr_t
    if set_default is not None and library.pthread_attr_init(attributes) == 0:
        library.pthread_attr_setstacksize(attributes, ctypes.c_size_t(_STACK))
        set_default(attributes)
        library.pthread_attr_destroy(attributes)
