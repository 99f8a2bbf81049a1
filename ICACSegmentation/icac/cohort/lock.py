"""One run at a time writes into the folder of a cohort."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from icac.errors import OutputError


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder. The system releases it when the process ends, however it ends.

    Raises
    ------
    OutputError
        Another run holds it, or the folder cannot be written.

    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        stream = (folder / "lock").open("a+b")
    except OSError as error:
        raise OutputError(f"The folder {folder.parent} cannot be written ({error.strerror}); choose another with -o."
                          ) from error
    with stream:
        if not try_lock(stream):
            raise OutputError(f"Another run is writing into {folder.parent}; wait until it has ended, or choose "
                              "another folder with -o.")
        yield


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
