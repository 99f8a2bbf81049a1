"""What a run decides on its own, and how it is told: a line each, whatever file names and libraries bring into it."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from icac.text import one_line

#: What a run decides on its own is told here at the level INFO; nothing is shown unless somebody listens.
LOGGER = logging.getLogger("icac")


class OneLine(logging.Formatter):
    """Writes a record with its time on one line without control characters, which could pass for lines of ours."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(name)s: %(message)s", "%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        return one_line(super().format(record))


@contextmanager
def decisions_shown(verbose: bool) -> Iterator[None]:
    """Show the decisions of a run on the standard error output while it runs, if that is wanted."""
    if not verbose:
        yield
        return
    handler, before = logging.StreamHandler(sys.stderr), LOGGER.level
    handler.setFormatter(OneLine())
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
    try:
        yield
    finally:
        LOGGER.setLevel(before)
        LOGGER.removeHandler(handler)
