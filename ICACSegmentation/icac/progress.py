"""Telling the user how far a run has come: as a bar, as plain lines, as JSON lines for a program, or not at all."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Protocol, TextIO

from icac.text import one_line


class Progress(Protocol):
    """Receives the stage and the fraction of a run; implementations show it."""

    def update(self, stage: str, fraction: float, message: str = "") -> None:
        """Report that ``stage`` is under way and ``fraction`` (0 to 1) of the whole run is done."""


class Silent:
    """Show nothing."""

    def update(self, stage: str, fraction: float, message: str = "") -> None:
        """Ignore the report."""


class Part:
    """Show a part of a longer run: its fractions are those from ``start`` to ``end`` of the whole."""

    def __init__(self, whole: Progress, start: float, end: float, prefix: str = "") -> None:
        self._whole, self._start, self._end, self._prefix = whole, start, end, prefix

    def update(self, stage: str, fraction: float, message: str = "") -> None:
        """Pass the report on, with ``prefix`` before the stage."""
        self._whole.update(self._prefix + stage, self._start + (self._end - self._start) * fraction, message)


class Plain:
    """One line a stage, for logs."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._last = ""

    def update(self, stage: str, fraction: float, message: str = "") -> None:
        """Print a line when the stage or its message changes."""
        line = one_line(f"{stage}: {message}" if message else stage)
        if line != self._last:
            self._last = line
            print(f"[{fraction:4.0%}] {line}", file=self._stream, flush=True)


class JsonLines:
    """One JSON object a line: ``{"stage": .., "fraction": .., "message": .., "seconds": ..}``, for the Slicer panel."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._start = time.monotonic()

    def update(self, stage: str, fraction: float, message: str = "") -> None:
        """Print the report as one JSON line."""
        record = {"stage": stage, "fraction": round(fraction, 4), "message": message,
                  "seconds": round(time.monotonic() - self._start, 3)}
        print(json.dumps(record), file=self._stream, flush=True)


class Bar:
    """A bar on one line of a terminal; plain lines where the stream is not a terminal."""

    WIDTH = 30

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._plain = None if self._stream.isatty() else Plain(self._stream)

    def update(self, stage: str, fraction: float, message: str = "") -> None:
        """Redraw the bar."""
        if self._plain:
            self._plain.update(stage, fraction, message)
            return
        full = round(self.WIDTH * fraction)
        text = one_line(f"{stage} {message}")[:60]
        line = f"\r[{'#' * full}{'.' * (self.WIDTH - full)}] {fraction:4.0%} {text:<60}"
        print(line, end="\n" if fraction >= 1 else "", file=self._stream, flush=True)


_DISPLAYS: dict[str, Callable[[], Progress]] = {"bar": Bar, "plain": Plain, "json": JsonLines, "none": Silent}

#: Names of the progress displays.
PROGRESS = tuple(_DISPLAYS)


def make_progress(kind: str) -> Progress:
    """Return the progress display of a name in :data:`PROGRESS`."""
    return _DISPLAYS[kind]()
