"""How many scans a machine computes at once, while other processes read the next ones.

Each worker process handles one scan at a time, from reading to writing, so that a process that dies or is killed
takes no other scan with it. There are a few more processes than slots: those without a slot read ahead and then wait
for one. A slot is a locked file, which the system frees when its process ends, however it ends.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO

from icac.errors import OutputError
from icac.files.lock import try_lock

_POLL_S = 0.02

#: How the names of the folders with the slots of a run begin, in the folder for temporary files.
_PREFIX = "icac-cohort-"

#: What runs that were killed left is removed after so many seconds.
_OLD_S = 30 * 24 * 3600.0

#: Files that stay locked as long as this process lives.
_HELD: list[IO[bytes]] = []


@dataclass(frozen=True)
class Slots:
    """The slots of each machine of a run.

    Attributes
    ----------
    run : str
        Name of the run; on a cluster jobs on one machine have slots of their own.
    count : int
        Scans that are computed at once; 0 for no limit.

    """

    run: str
    count: int

    @contextmanager
    def one(self) -> Iterator[None]:
        """Hold a slot; wait until there is one. With several GPUs, one of those of this process's GPU."""
        if not self.count:
            yield
            return
        mine = self._numbers()
        while True:
            for number in mine:
                with self._file(f"slot{number}") as stream:
                    if try_lock(stream):
                        yield
                        return
            time.sleep(_POLL_S)

    def _numbers(self) -> list[int]:
        gpus = visible_gpus()
        if len(gpus) < 2:
            return list(range(self.count))
        gpu = self.seat() % len(gpus)
        return [n for n in range(self.count) if n % len(gpus) == gpu] or [gpu]

    def seat(self) -> int:
        """Return a number that no other living process of the run on this machine has; the same at every call."""
        return _seat(self)

    def choose_gpu(self) -> None:
        """Show this process one GPU of several; to be called before PyTorch looks for them."""
        gpus = visible_gpus()
        if len(gpus) > 1:
            os.environ["CUDA_VISIBLE_DEVICES"] = gpus[self.seat() % len(gpus)]

    def remove(self) -> None:
        """Remove the files of the run on this machine, once its workers have ended, and those of runs long ago."""
        for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
            with suppress(OSError):
                old = time.time() - folder.lstat().st_mtime > _OLD_S
                if (old or folder.name.startswith(f"{_PREFIX}{self.run}")) and _is_mine(folder):
                    shutil.rmtree(folder, ignore_errors=True)

    def _file(self, name: str) -> IO[bytes]:
        # The name of a run is random, so that no other user of the machine can have made the folder before.
        folder = Path(tempfile.gettempdir(), f"{_PREFIX}{self.run}{os.environ.get('SLURM_JOB_ID', '')}")
        folder.mkdir(mode=0o700, exist_ok=True)
        if not _is_mine(folder):
            raise OutputError(f"{folder} belongs to somebody else; remove it, or set TMPDIR to a folder of your own.")
        return (folder / name).open("a+b")


def _is_mine(folder: Path) -> bool:
    """Tell whether a folder is one (not a link to one), belongs to this user, and may be written by no other."""
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode):
        return False
    return not hasattr(os, "getuid") or (status.st_uid == os.getuid() and not status.st_mode & 0o022)


@lru_cache(maxsize=8)
def _seat(slots: Slots) -> int:
    number = 0
    while True:
        stream = slots._file(f"seat{number}")
        if try_lock(stream):
            _HELD.append(stream)
            return number
        stream.close()
        number += 1


@lru_cache(maxsize=1)
def visible_gpus() -> tuple[str, ...]:
    """Return the names of the NVIDIA GPUs that this process may use, without loading PyTorch."""
    allowed = os.environ.get("CUDA_VISIBLE_DEVICES")
    if allowed is not None:
        return tuple(name.strip() for name in allowed.split(",") if name.strip() not in ("", "-1"))
    folder = Path("/proc/driver/nvidia/gpus")
    return tuple(str(n) for n in range(len(list(folder.iterdir())))) if folder.is_dir() else ()
