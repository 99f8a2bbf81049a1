"""Writing a folder or a file so that it is there whole or not at all."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from icac.errors import OutputError


def _temporary(target: Path) -> Path:
    """Return an unused hidden name beside ``target``, on the same disk."""
    return target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}")


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Give an empty temporary folder that becomes ``target`` at the end, or vanishes if an error occurs.

    A folder that is already there is replaced at the end.

    Raises
    ------
    OutputError
        If the disk does not allow it.

    """
    temporary = _temporary(target)
    try:
        temporary.mkdir(parents=True)
        yield temporary
        _swap(temporary, target)
    except OSError as error:
        raise OutputError(f"The folder '{target}' cannot be written ({error.strerror or error}): "
                          "choose a place with free space where you may write.") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _swap(temporary: Path, target: Path) -> None:
    """Put ``temporary`` in the place of ``target``, which stays as it was if that fails."""
    if not target.exists():
        os.replace(temporary, target)
        return
    old = _temporary(target)
    os.replace(target, old)
    try:
        os.replace(temporary, target)
    except OSError:
        os.replace(old, target)
        raise
    shutil.rmtree(old, ignore_errors=True)


@contextmanager
def new_file(target: Path) -> Iterator[Path]:
    """Give a temporary name that becomes file ``target`` at the end, or vanishes if an error occurs.

    Raises
    ------
    OutputError
        If the disk does not allow it.

    """
    temporary = _temporary(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        os.replace(temporary, target)
    except OSError as error:
        raise OutputError(f"The file '{target}' cannot be written ({error.strerror or error}): "
                          "choose a place with free space where you may write.") from error
    finally:
        temporary.unlink(missing_ok=True)
