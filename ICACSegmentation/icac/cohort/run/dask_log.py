"""What Dask says of scheduler and workers while a cohort runs: kept in a file instead of filling the terminal."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from icac.log import OneLine

#: Name of the file beside the other records of a cohort; it is of the last run.
DASK_LOG = "dask.log"


@contextmanager
def dask_log(path: Path) -> Iterator[None]:
    """Write what Dask says in this process to a file; where that cannot be written, it is left out."""
    import distributed  # noqa: F401 - its first import sets up its loggers, and would take the file away

    logger = logging.getLogger("distributed")
    handler: logging.Handler = logging.NullHandler()
    with suppress(OSError):
        handler = logging.FileHandler(path, mode="w", encoding="utf-8", errors="backslashreplace")
    handler.setFormatter(OneLine())
    others, before, passed_on = logger.handlers[:], logger.level, logger.propagate
    logger.handlers[:], logger.propagate = [handler], False
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.handlers[:], logger.propagate = others, passed_on
        logger.setLevel(before)
        handler.close()
