"""What the text headers of NRRD and MetaImage share: files of voxels that they name, and how sure their words are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from icac.ct.formats.header import LONGEST_HEADER, DamagedError, shown
from icac.ct.formats.source import Source

#: Most files that the voxels may be spread over: one a slice.
_MOST_FILES = 10_000


def read_beginning(path: Path) -> bytes:
    """Return the bytes of a file that a header may lie in."""
    with Source(path) as source:
        return source.read(LONGEST_HEADER)


def lines_of(data: bytes) -> list[str]:
    """Return the lines of a header, in which names of files keep bytes that are no UTF-8."""
    return [line.rstrip("\r") for line in data.decode("utf-8", "surrogateescape").split("\n")]


def numbered_files(folder: Path, words: Sequence[str]) -> tuple[Path, ...] | None:
    """Return the files of ``slice%03d.raw 1 52 1`` (first, last, step); None if these words are no such thing."""
    if len(words) not in (4, 5) or not re.fullmatch(r"[^%]*%0?\d?d[^%]*", words[0]):
        return None
    try:
        first, last, step = (int(word) for word in words[1:4])
        numbers = range(first, last + 1, step)
    except ValueError:
        return None
    if not 0 < len(numbers) <= _MOST_FILES:
        raise DamagedError(f"its header names {len(numbers)} files of voxels")
    return tuple(folder / (words[0] % number) for number in numbers)


def listed_files(folder: Path, lines: Sequence[str]) -> tuple[Path, ...]:
    """Return the files that a header names line by line."""
    names = [line.strip() for line in lines if line.strip()]
    if not 0 < len(names) <= _MOST_FILES:
        raise DamagedError(f"its header names {len(names)} files of voxels")
    return tuple(named_file(folder, name) for name in names)


def named_file(folder: Path, name: str) -> Path:
    """Return the place of a file that a header names, relative to the folder of the header."""
    if not name or "\0" in name or len(name) > 4096:
        raise DamagedError(f"its voxels should lie in {shown(name)}, which is no name of a file")
    return folder / name
