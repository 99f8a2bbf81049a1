"""What Dask and its workers say while a cohort runs: kept in a file instead of filling the terminal."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from icac.log import OneLine

#: Name of the file beside the other records of a cohort; it is of the last run.
DASK_LOG = "dask.log"

#: Folder beside it with what the jobs of Slurm say, each in a file of its own.
JOB_LOGS = "slurm"


@contextmanager
def dask_log(path: Path) -> Iterator[None]:
    """Write what Dask says in this process to a new file; where that cannot be written, it is left out."""
    import distributed  # noqa: F401 - its first import sets up its loggers, and would take the file away

    logger = logging.getLogger("distributed")
    others, before, passed_on = logger.handlers[:], logger.level, logger.propagate
    with suppress(OSError):
        path.write_bytes(b"")
    handler = _log_into(path)
    try:
        yield
    finally:
        logger.handlers[:], logger.propagate = others, passed_on
        logger.setLevel(before)
        handler.close()


def keep_output(path: Path, dask_worker: Any) -> None:
    """Append to a file of this machine what this worker process, its libraries and Dask in it say from now on.

    Crashed libraries write their last words past Python, so the streams of the process themselves are turned there.

    Parameters
    ----------
    path : pathlib.Path
        Where it cannot be written, all stays as it was.
    dask_worker : distributed.Worker
        Tells that this is a worker: Dask calls whatever asks for this with it.

    """
    with suppress(OSError):
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        for number in (1, 2):
            os.dup2(file, number)
        os.close(file)
        _log_into(path)


def _log_into(path: Path) -> logging.Handler:
    """Have the loggers of Dask append to a file and nowhere else; return the handler."""
    logger = logging.getLogger("distributed")
    handler: logging.Handler = logging.NullHandler()
    with suppress(OSError):
        handler = logging.FileHandler(path, encoding="utf-8", errors="backslashreplace")
    handler.setFormatter(OneLine())
    logger.handlers[:], logger.propagate = [handler], False
    logger.setLevel(logging.INFO)
    return handler
