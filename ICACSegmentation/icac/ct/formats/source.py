"""The bytes of a file, unpacked, once from front to back, with all the checks that can be made on the way."""

from __future__ import annotations

import os
import stat
import zlib
from pathlib import Path

from icac.ct.formats.header import DamagedError

_BLOCK = 1 << 20

#: Files that gzip packed begin so.
GZIP = b"\x1f\x8b"

#: Deflate cannot pack more tightly than this (zlib.net, "maximum compression factor"); the rest is for its headers.
_TIGHTEST, _SLACK = 1032, 1 << 16

#: So much may follow what a header announces, as padding; a file with more is not what its header says.
_MOST_BEHIND = 16 << 20


class Source:
    """A regular file, opened to be read once.

    Parameters
    ----------
    path : Path
    packed : bool
        It is packed by gzip or zlib.
    offset : int
        Bytes of the file before what is read.

    Raises
    ------
    DamagedError
        It is no regular file: a pipe or a device may never end.
    OSError
        It cannot be opened.

    """

    def __init__(self, path: Path, packed: bool = False, offset: int = 0) -> None:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise DamagedError(f"'{path.name}' is not a plain file")
        self._stream = open(path, "rb")  # noqa: SIM115 - closed by the context
        self._stream.seek(offset)
        self._left = max(os.fstat(self._stream.fileno()).st_size - offset, 0)
        self._inflate = zlib.decompressobj(47) if packed else None  # 47: gzip or zlib, whichever it is
        self._packed, self._waiting, self._is_begun = packed, b"", False

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def can_hold(self, count: int) -> bool:
        """Tell whether the file is large enough for ``count`` bytes from its beginning on."""
        return count <= (self._left * _TIGHTEST + _SLACK if self._packed else self._left)

    def read(self, count: int) -> bytes:
        """Return up to ``count`` bytes; fewer only at the end."""
        if self._inflate is None:
            return self._stream.read(count)
        parts, wanted = [], count
        while wanted and (part := self._unpack(wanted)):
            parts.append(part)
            wanted -= len(part)
        return b"".join(parts)

    def fill(self, target: memoryview) -> None:
        """Fill a buffer; raises DamagedError if the file ends before."""
        done = 0
        while done < len(target):
            if self._inflate is None:
                count = self._stream.readinto(target[done:])
            else:
                part = self._unpack(min(_BLOCK, len(target) - done))
                count = len(part)
                target[done:done + count] = part
            if not count:
                raise DamagedError("its last voxels are missing")
            done += count

    def finish(self) -> None:
        """Read the rest, so that its checksum is compared; raises DamagedError if that is wrong."""
        behind = 0
        while self._inflate is not None and (part := self._unpack(_BLOCK)):
            behind += len(part)
            if behind > _MOST_BEHIND:
                raise DamagedError("it holds far more than its header announces")

    def _unpack(self, most: int) -> bytes:
        """Return some unpacked bytes, none at the end; a file may be of several gzip blocks."""
        while self._inflate is not None:
            if self._inflate.eof:
                self._waiting = self._inflate.unused_data or self._stream.read(_BLOCK)
                if not self._waiting.startswith(GZIP):
                    return b""
                self._inflate = zlib.decompressobj(47)
            if not self._waiting:
                self._waiting = self._stream.read(_BLOCK)
                if not self._waiting:
                    raise DamagedError("its last voxels are missing")
            try:
                part = self._inflate.decompress(self._waiting, most)
            except zlib.error as error:
                raise DamagedError("its packed voxels are damaged (their checksum is wrong)" if self._is_begun else
                                   "it is not packed as its name or header says") from error
            self._is_begun = True
            self._waiting = self._inflate.unconsumed_tail
            if part:
                return part
        return b""
