"""How what a run decides is written down: a line each, whatever file names and libraries bring into it."""

from __future__ import annotations

import logging

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
