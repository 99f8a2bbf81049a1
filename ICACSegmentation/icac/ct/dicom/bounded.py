"""Files from which no more is asked than they have: a damaged header can announce values of gigabytes."""

from __future__ import annotations

import io
import os
from pathlib import Path

#: Less than this is asked without looking.
_LITTLE = 1 << 16


class BoundedFile(io.BufferedReader):
    """A file opened for reading, whose reader sets aside no more memory than the rest of the file needs."""

    def __init__(self, path: Path) -> None:
        super().__init__(io.FileIO(path))
        self._size = os.fstat(self.fileno()).st_size

    def read(self, size: int | None = -1, /) -> bytes:
        """Read as much as is asked for and there."""
        if size is not None and size > _LITTLE:
            size = min(size, max(self._size - self.tell(), 0))
        return super().read(size)
