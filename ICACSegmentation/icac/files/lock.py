"""Locks on open files, which the system releases when the process ends, however it ends."""

from __future__ import annotations

import sys
from typing import IO


def try_lock(stream: IO[bytes]) -> bool:
    """Take an exclusive lock on an open file without waiting; tell whether it was free."""
    if sys.platform == "win32":
        import msvcrt

        try:
            stream.seek(0)
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
