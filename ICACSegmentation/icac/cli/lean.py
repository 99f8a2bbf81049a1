"""What a process that segments scans asks of libraries, so that it is quicker and smaller.

NumPy's BLAS multiplies small matrices here: a second thread of it, which waits for them without pause, takes as much of
another core as they do. The C library of most Linux systems (glibc) keeps memory apart for every thread, and of freed
memory that lay in between more the larger it was; one place for all, and large arrays apart from it, is 0.09 GB less.
At its end Python looks three times for rings of objects that nothing else holds, 0.2 s in all; the system takes them as
well.
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import os
import platform

from icac.address_space import address_space_limit

#: Parameters of mallopt(3) in glibc's malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8

#: Arrays from this size on are taken from the system one by one, and so much freed memory is kept at most, bytes.
_LARGE, _KEPT = 1 << 24, 1 << 26


def run_lean() -> None:
    """Ask for it, before any library is loaded; a user's own choice of the threads of BLAS counts more."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    atexit.register(gc.freeze)
    if platform.libc_ver()[0] != "glibc" or address_space_limit() is not None:  # which asks for even less
        return
    mallopt = ctypes.CDLL(None).mallopt
    for parameter, value in ((_M_ARENA_MAX, 1), (_M_MMAP_THRESHOLD, _LARGE), (_M_TRIM_THRESHOLD, _KEPT)):
        mallopt(parameter, value)
