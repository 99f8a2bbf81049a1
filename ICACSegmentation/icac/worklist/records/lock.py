"""One program at a time: a lock file says who has the records of a reader open.

It says so to people for as long as the list is open, over days and computers. What is written is written under the
lock of the folder besides (:func:`icac.files.lock.locked`), so that no program takes over what another is writing.
"""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import secrets
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from icac.errors import InputError, OutputError
from icac.files import read_json, write_json
from icac.files.lock import locked

#: Name of the lock file in the folder of a worklist.
LOCK_NAME = "open.lock"

#: So long it is waited for another program that is writing at this moment.
PATIENCE_S = 30.0


class LockedError(InputError):
    """Another program has these records open; they can be taken over."""


class LostLockError(OutputError):
    """Another program took the records over; nothing is saved any more."""


@dataclass(frozen=True)
class Holder:
    """Who has a worklist open.

    Attributes
    ----------
    annotator, account, host : str
    process : int
    since : str
        UTC, ISO 8601.
    token : str
        Random; tells two openings apart.

    """

    annotator: str
    account: str
    host: str
    process: int
    since: str
    token: str

    def is_gone(self) -> bool:
        """Tell whether the program surely ended: it ran on this computer and does no more, or it is this one.

        A lock of this very process is left over from a list that was opened again without being closed.
        """
        if self.host != socket.gethostname():
            return False
        return self.process == os.getpid() or not _runs(self.process)

    def __str__(self) -> str:
        since = datetime.fromisoformat(self.since).astimezone().strftime("%Y-%m-%d %H:%M")
        return f"{self.annotator} (account {self.account}, computer {self.host}, since {since})"


class Lock:
    """Holds the lock file of a folder until released.

    Parameters
    ----------
    folder : Path
        Made if it does not exist.
    annotator : str
    take_over : bool
        Take the lock from whoever has it. That program then refuses to save.

    Raises
    ------
    LockedError
        Another annotator has it.
    OutputError
        The folder cannot be written.

    """

    def __init__(self, folder: Path, annotator: str, take_over: bool = False) -> None:
        self._path = folder / LOCK_NAME
        self.holder = Holder(annotator, _account(), socket.gethostname(), os.getpid(),
                             datetime.now(timezone.utc).isoformat(timespec="seconds"), secrets.token_hex(8))
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with locked(folder, PATIENCE_S):
                if not self._create():
                    self._take(take_over)
        except OSError as error:
            raise OutputError(f"The worklist cannot be kept in {folder} ({error.strerror or error}); check that you "
                              "may write there, or choose another folder for it.") from error

    def check(self) -> None:
        """Raise LostLockError if somebody else took the worklist over; renew the lock file if it was removed."""
        holder = read_holder(self._path)
        if holder is None and self._path.parent.is_dir():
            self._create()
        if holder is not None and holder.token != self.holder.token:
            raise LostLockError(f"The worklist in {self._path.parent} was taken over by {holder}, so that nothing more "
                                "is saved here; open it again once it is free.")

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the folder while something is written; raises LostLockError if somebody else took it over."""
        with locked(self._path.parent, PATIENCE_S):
            self.check()
            yield

    def release(self) -> None:
        """Remove the lock file, if it is still this one."""
        holder = read_holder(self._path)
        if holder is not None and holder.token == self.holder.token:
            self._path.unlink(missing_ok=True)

    def _create(self) -> bool:
        """Write the lock file if there is none."""
        try:
            descriptor = os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
        except FileExistsError:
            return False
        with open(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(self.holder), file)
        return True

    def _take(self, take_over: bool) -> None:
        """Replace the lock of a program that is gone, or of anybody on request."""
        holder = _read_when_written(self._path)
        if holder is not None and not holder.is_gone() and not take_over:
            raise LockedError(f"The worklist in {self._path.parent} is open by {holder}; close it there first, or take "
                              "it over if that program is no longer in use.")
        self._write()

    def _write(self) -> None:
        write_json(self._path, asdict(self.holder), durable=False)


def read_holder(path: Path) -> Holder | None:
    """Return who holds a lock file; None if there is none or it cannot be understood."""
    try:
        holder = Holder(**read_json(path))
        return holder if type(holder.process) is int and str(holder) else None
    except (ValueError, TypeError, OverflowError):
        return None


def _read_when_written(path: Path, patience_s: float = 1.0) -> Holder | None:
    """Read a lock file that another program may be writing at this moment; None if it stays empty."""
    end = time.monotonic() + patience_s
    while (holder := read_holder(path)) is None and path.exists() and time.monotonic() < end:
        time.sleep(0.05)
    return holder


def _account() -> str:
    with contextlib.suppress(Exception):  # which error says that there is no name differs between systems
        return getpass.getuser()
    return "unknown"


def _runs(process: int) -> bool:
    """Tell whether a process of this computer runs."""
    if sys.platform == "win32":
        return _runs_on_windows(process)
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):  # no process has a number so large
        return False
    except OSError:
        return True  # it runs under another account
    return True


def _runs_on_windows(process: int) -> bool:
    """Ask for the process; ``os.kill(process, 0)`` would end it on Windows."""
    import ctypes

    kernel: Any = getattr(ctypes, "windll").kernel32  # noqa: B009 - the attribute is known on Windows only
    synchronize, still_running = 0x00100000, 0x00000102  # access right; WAIT_TIMEOUT
    handle = kernel.OpenProcess(synchronize, False, process)
    if not handle:
        return kernel.GetLastError() == 5  # access denied: it runs under another account
    try:
        return kernel.WaitForSingleObject(handle, 0) == still_running
    finally:
        kernel.CloseHandle(handle)
