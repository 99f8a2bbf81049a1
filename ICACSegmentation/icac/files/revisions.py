"""A JSON file that survives a crash at any moment.

Every save writes a whole new file under a temporary name, flushes it to the disk and renames it; the file before it
is kept. Each has a revision number and a checksum, so that reading takes the newest one that is whole.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from icac.errors import InputError
from icac.files.json_file import read_json
from icac.files.whole import cannot_write, flush_file, flush_folder


@dataclass(frozen=True)
class Loaded:
    """Content of a revised file.

    Attributes
    ----------
    content : dict
    revision : int
        Counts the saves.
    note : str
        A sentence if an older state had to be taken because the newest is damaged, else empty.

    """

    content: dict[str, Any]
    revision: int
    note: str = ""


class RevisedFile:
    """One JSON object on disk.

    Parameters
    ----------
    path : Path
        ``<path>.part`` and ``<path>.previous`` lie beside it.

    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._part = path.with_name(path.name + ".part")
        self._previous = path.with_name(path.name + ".previous")
        self._revision: int | None = None

    def peek(self) -> Loaded | None:
        """Return the newest whole content as :meth:`load` does, and leave all files as they are.

        For files that another program may be writing at this moment.
        """
        return self._newest()[0]

    def load(self) -> Loaded | None:
        """Return the newest whole content, None if nothing was ever saved; what a crash left is put in order.

        Raises
        ------
        InputError
            No whole file is left.

        """
        best, source, damaged = self._newest()
        if best is None:
            return None
        self._revision = best.revision
        if damaged:
            kept = self._rename(self.path, ".damaged")
            best = replace(best, note=f"{self.path} was damaged (kept as {kept.name}); the last good state was taken.")
        if source == self._part:  # complete but for its last rename
            self._rename(self._part, "")
        return best

    def _newest(self) -> tuple[Loaded | None, Path | None, bool]:
        """Return the newest whole content, the file that has it, and whether the file itself is damaged."""
        files = [path for path in (self.path, self._part, self._previous) if path.is_file()]
        whole = [(loaded, path) for path in files if (loaded := _read(path)) is not None]
        if not whole:
            # A first save that was cut short leaves only its temporary file: nothing was saved yet.
            if self.path in files or self._previous in files:
                raise InputError(f"{self.path} is damaged and so is the copy beside it; restore the file from a "
                                 "backup, or remove it to begin anew.")
            return None, None, False
        best, source = max(whole, key=lambda pair: pair[0].revision)
        return best, source, self.path in files and all(path != self.path for _, path in whole)

    def save(self, content: dict[str, Any]) -> None:
        """Write the content to the disk; it is there when this returns. Raises OutputError if it cannot be."""
        if self._revision is None:
            self.load()
        revision = (self._revision or 0) + 1
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._part.write_text(_text(content, revision), encoding="utf-8", newline="\n")
            flush_file(self._part)
            if self.path.exists():
                os.replace(self.path, self._previous)
            os.replace(self._part, self.path)
            flush_folder(self.path.parent)
        except OSError as error:
            raise cannot_write(self.path, error) from error
        self._revision = revision

    def _rename(self, source: Path, ending: str) -> Path:
        """Rename a file of this one to its name with an ending, where the folder may be written."""
        target = self.path.with_name(self.path.name + ending)
        with contextlib.suppress(OSError):
            os.replace(source, target)
        return target


def _text(content: dict[str, Any], revision: int) -> str:
    text = _canonical(content)
    return f'{{"revision": {revision}, "sha256": "{_checksum(text)}", "content": {text}}}'


def _canonical(content: Any) -> str:
    """Return the one text of a content; the same after it was written and read."""
    return json.dumps(content, sort_keys=True, allow_nan=False)


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _read(path: Path) -> Loaded | None:
    """Return the content of a file, None if it is not whole."""
    record = read_json(path)
    try:
        content, revision = record["content"], record["revision"]
        whole = type(revision) is int and isinstance(content, dict)
        return Loaded(content, revision) if whole and record["sha256"] == _checksum(_canonical(content)) else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
