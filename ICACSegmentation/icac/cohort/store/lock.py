"""One run at a time writes into the folder of a cohort."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from icac.errors import OutputError
from icac.files.lock import try_lock


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
