"""What is read is never overwritten by what is written."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from icac.errors import OutputError


def refuse_overwriting(inputs: Iterable[str | Path | None], outputs: Iterable[Path]) -> None:
    """Raise OutputError if a file that would be written, or removed, is one that is read, by whatever name."""
    read = [Path(path) for path in inputs if path is not None]
    for output in outputs:
        if any(_is_same(path, output) for path in read):
            raise OutputError(f"{output} is what is to be read, and the results would take its place; choose another "
                              "folder for the results.")


def _is_same(first: Path, second: Path) -> bool:
    try:
        return os.path.samefile(first, second)
    except (OSError, ValueError):
        return False
