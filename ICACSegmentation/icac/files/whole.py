"""Writing a file or a folder so that it is there whole or not at all.

What is written gets a temporary name beside its place, on the same disk; it is flushed to the disk, and one rename
puts it there. Whatever stood there before is untouched until then. All temporary names begin alike, so that what a
killed run left can be swept.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from icac.errors import OutputError

#: How all temporary names begin. The name itself follows, since writers choose the format by its ending.
TEMPORARY = ".icac-partial-"

#: How the name of a temporary folder ends in which files are written that belong together.
FILES = "files"


def temporary_beside(path: Path) -> Path:
    """Return an unused hidden name beside ``path``, which keeps its ending."""
    return path.with_name(f"{TEMPORARY}{uuid.uuid4().hex[:8]}-{path.name}")


def cannot_write(path: str | Path, error: BaseException) -> OutputError:
    """Return the error that says that ``path`` cannot be written, and what to do."""
    reason = f" ({error.strerror})" if isinstance(error, OSError) and error.strerror else ""
    return OutputError(f"{path} cannot be written{reason}; check that there is space and that you may write there, or "
                       "choose another place.")


@contextmanager
def whole_file(path: str | Path, *, durable: bool = True) -> Iterator[Path]:
    """Give a temporary name to write to; the file then takes the place of ``path``, or vanishes if an error occurs.

    Parameters
    ----------
    path : str or pathlib.Path
        Its folder is made if needed.
    durable : bool
        The file is on the disk when this ends, also through a power failure. Not worth its milliseconds for files
        that mean nothing after the run.

    Raises
    ------
    OutputError
        The file cannot be written, or nothing was written.

    """
    path = Path(path)
    temporary = temporary_beside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        put(temporary, path, durable=durable)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextmanager
def temporary_folder(within: Path) -> Iterator[Path]:
    """Give an empty hidden folder within a folder, that is removed with what is left in it; raises OSError."""
    folder = temporary_beside(within / FILES)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def whole_folder(path: str | Path) -> Iterator[Path]:
    """Give an empty temporary folder that takes the place of ``path`` at the end, or vanishes if an error occurs.

    Raises
    ------
    OutputError
        The folder cannot be written.

    """
    path = Path(path)
    temporary = temporary_beside(path)
    try:
        temporary.mkdir(parents=True)
        yield temporary
        for file in temporary.rglob("*"):
            if file.is_file():
                flush_file(file)
        _swap(temporary, path)
        flush_folder(path.parent)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def put(written: Path, path: Path, *, durable: bool = True) -> None:
    """Let a complete file or folder take the place of the file at ``path`` in one step; raises OSError."""
    if durable and written.is_file():
        flush_file(written)
    os.replace(written, path)
    if durable:
        flush_folder(path.parent)


def copy_file(source: Path, path: Path) -> None:
    """Copy a file, whole or not at all; raises OutputError."""
    with whole_file(path) as temporary:
        shutil.copyfile(source, temporary)


def sweep(folder: Path, ending: str = "", older_than_s: float = 0.0) -> None:
    """Remove what killed runs left unfinished in a folder.

    Parameters
    ----------
    folder : Path
    ending : str
        Of the names.
    older_than_s : float
        Nothing younger is removed. Without this only for who holds the lock of those that write such names.

    """
    for left in folder.glob(f"{TEMPORARY}*{ending}"):
        with contextlib.suppress(OSError):
            if time.time() - left.lstat().st_mtime >= older_than_s:
                _remove(left)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink()


def flush_file(path: Path) -> None:
    """Make the content of a file last through a power failure; raises OSError, also for errors of earlier writes."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def flush_folder(folder: Path) -> None:
    """Make renames in a folder last through a power failure, where the system lets folders be flushed."""
    with contextlib.suppress(OSError):  # Windows cannot open folders; its renames are in the journal of the disk
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _swap(temporary: Path, path: Path) -> None:
    """Put a folder in the place of ``path``, which stays as it was if that fails."""
    if not path.exists():
        os.replace(temporary, path)
        return
    old = temporary_beside(path)
    os.replace(path, old)
    try:
        os.replace(temporary, path)
    except OSError:
        os.replace(old, path)
        raise
    shutil.rmtree(old, ignore_errors=True)
