"""Files from which no more is asked than they have: a damaged header can announce values of gigabytes."""

from __future__ import annotations

import io
import os
from pathlib import Path

#: Less than this is asked without looking, and smaller files are read at once: headers are parsed faster in memory.
_LITTLE, _SMALL_FILE = 1 << 16, 1 << 22


class BoundedFile(io.BufferedReader):
    """A file opened for reading, whose reader sets aside no more memory than the rest of the file needs."""

    def __init__(self, path: Path) -> None:
        super().__init__(io.FileIO(path))
        self.size = os.fstat(self.fileno()).st_size

    def read(self, size: int | None = -1, /) -> bytes:
        """Read as much as is asked for and there."""
        if size is not None and size > _LITTLE:
            size = min(size, max(self.size - self.tell(), 0))
        return super().read(size)


def in_memory(stream: BoundedFile) -> io.BufferedIOBase:
    """Return a file from its start, held in memory unless it is large."""
    stream.seek(0)
    return io.BytesIO(stream.read()) if stream.size <= _SMALL_FILE else stream
