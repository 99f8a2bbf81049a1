"""Locks on open files, which the system releases when the process ends, however it ends."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO

from icac.errors import OutputError
from icac.files.whole import cannot_write

#: Name of the lock of a folder, there only while somebody holds it.
NAME = ".icac-lock"

_POLL_S = 0.05


@contextmanager
def locked(folder: Path, patience_s: float = 0.0) -> Iterator[None]:
    """Hold the lock of a folder, which excludes whoever asks for it, also in this process.

    Parameters
    ----------
    folder : Path
        Made if it does not exist.
    patience_s : float
        So long another one may hold it.

    Raises
    ------
    OutputError
        Another run holds it, or the folder cannot be written.

    """
    end = time.monotonic() + patience_s
    try:
        folder.mkdir(parents=True, exist_ok=True)
        while (stream := _take(folder / NAME)) is None:
            if time.monotonic() >= end:
                raise OutputError(f"Another run is writing into {folder}; wait until it has ended, or choose another "
                                  "folder.")
            time.sleep(_POLL_S)
    except OSError as error:
        raise cannot_write(folder, error) from error
    with stream:
        try:
            yield
        finally:
            with contextlib.suppress(OSError):  # Windows does not remove what is open: the next one uses it again
                (folder / NAME).unlink()


def _take(path: Path) -> BinaryIO | None:
    """Return the locked file; None if another one has it, or removed it before it could be locked."""
    stream = path.open("a+b")
    if try_lock(stream) and _is_at(stream, path):
        return stream
    stream.close()
    return None


def _is_at(stream: BinaryIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(stream.fileno()), path.stat())
    except FileNotFoundError:
        return False


def try_lock(stream: IO[bytes]) -> bool:
    """Take an exclusive lock on an open file without waiting; tell whether it was free.

    On a disk that knows no locks, as some in networks, it always is: nobody is excluded there, and nobody waits.
    """
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
    except OSError as error:
        return error.errno not in (errno.EWOULDBLOCK, errno.EACCES)
    return True
