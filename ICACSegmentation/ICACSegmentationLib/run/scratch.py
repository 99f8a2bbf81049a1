"""Temporary folders of runs: they hold the CT, so none may outlive the application, not even if it was killed."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import slicer

#: How the names of the folders begin, and the file in each that is locked as long as the folder is in use.
PREFIX, LOCK = "icac-", "lock"


class Scratch:
    """A folder that is removed by :meth:`remove` or, after the application was killed, by :func:`sweep`.

    Attributes
    ----------
    path : Path

    """

    def __init__(self) -> None:
        from icac.file_lock import try_lock

        self._folder = tempfile.TemporaryDirectory(prefix=PREFIX, dir=slicer.app.temporaryPath,
                                                   ignore_cleanup_errors=True)
        self.path = Path(self._folder.name)
        self._lock = (self.path / LOCK).open("a+b")     # the system unlocks it when the process ends, however it ends
        try_lock(self._lock)

    def remove(self) -> None:
        """Remove the folder and all in it."""
        self._lock.close()
        self._folder.cleanup()


def sweep() -> None:
    """Remove what an application that was killed has left behind; folders of others that run now stay."""
    for folder in Path(slicer.app.temporaryPath).glob(f"{PREFIX}*"):
        if not _is_in_use(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _is_in_use(folder: Path) -> bool:
    from icac.file_lock import try_lock

    try:
        with (folder / LOCK).open("r+b") as stream:
            return not try_lock(stream)
    except FileNotFoundError:
        return False
    except OSError:
        return True     # it belongs to another account
