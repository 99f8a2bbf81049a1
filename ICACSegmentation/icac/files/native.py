"""Names of files that native libraries understand: they crash on names that are no Unicode, as old disks leave them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def native_name(path: Path) -> Iterator[Path]:
    """Give a name for a native library to write to: ``path``, or one from which the file is moved to ``path``."""
    if _is_unicode(path):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="icac-") as folder:
        written = Path(folder, path.name.encode("ascii", "ignore").decode())
        yield written
        shutil.move(written, path)


def _is_unicode(path: Path) -> bool:
    try:
        str(path).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
