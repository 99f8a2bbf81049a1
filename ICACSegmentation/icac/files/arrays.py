"""Archives of arrays (``.npz``), read without surprises."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


@contextmanager
def open_arrays(path: str | Path) -> Iterator[Mapping[str, np.ndarray]]:
    """Open an archive of arrays, each of which is read when it is first asked for.

    Raises
    ------
    OSError
        It cannot be opened.
    ValueError
        It is damaged, or does not have what is asked for: NumPy, zipfile and zlib raise nearly anything then.

    """
    import numpy as np  # so that the command line prints its help without it

    if not Path(path).is_file():  # a pipe would be waited for
        raise FileNotFoundError(f"There is no file {path}")
    try:
        with np.load(path) as file:
            yield file
    except (OSError, ValueError, MemoryError):
        raise
    except Exception as error:
        raise ValueError(f"it is damaged or incomplete ({error})") from error
