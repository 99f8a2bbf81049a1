"""Locks on open files, which the system releases when the process ends, however it ends."""

from __future__ import annotations


def try_lock(stream) -> bool:
    """Take an exclusive lock on an open file without waiting; tell whether it was free."""
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        try:
            stream.seek(0)
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
