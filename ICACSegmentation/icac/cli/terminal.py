"""What the command line prints: harmless on any terminal, in any encoding, and also when nobody reads it.

A run that measures for minutes must not end because ``| head`` has seen enough, a disk with the log is full, or the
terminal was closed: it goes on in silence and writes its results. What did not fit on a disk was wanted, though, and
its loss is said in the end.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
import typing
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from icac.text import without_controls

#: What is said of a disk on which nothing more fits.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Terminal:
    """A text stream whose writes are cleaned and never fail.

    Parameters
    ----------
    stream : text stream
        What it does not do itself is left to it.

    Attributes
    ----------
    lost : OSError or None
        Why a part of what was printed is not in the file to which it should have gone; None too if nobody reads.

    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.lost: OSError | None = None
        with contextlib.suppress(AttributeError, ValueError):  # not all streams of tests and programs can
            # a name in a script that the encoding does not have
            typing.cast(io.TextIOWrapper, stream).reconfigure(errors="backslashreplace")

    def write(self, text: str) -> int:
        """Write a text without the control characters that it may hold."""
        self._try(lambda: self._stream.write(without_controls(text)))
        return len(text)

    def flush(self) -> None:
        """Pass on what was written."""
        self._try(self._stream.flush)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _try(self, act: Any) -> None:
        try:
            act()
        except (OSError, ValueError) as error:  # nobody reads any more, the disk is full, or the stream was closed
            if isinstance(error, OSError) and error.errno in _FULL:
                self.lost = error
            _send_nowhere(self._stream)


@contextmanager
def cleaned_streams() -> Iterator[Terminal]:
    """Let everything that is printed go through :class:`Terminal`; yields that of the standard output."""
    _open_missing()
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = printed, _ = Terminal(sys.stdout), Terminal(sys.stderr)
    try:
        yield printed
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        sys.stdout, sys.stderr = before


def _open_missing() -> None:
    """Open what the caller closed (``2>&-``), so that no file of ours gets its number and what others print."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free: this one
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r" if number == 0 else "w", encoding="utf-8"))  # noqa: SIM115


def _send_nowhere(stream: TextIO) -> None:
    """Let what is printed, and what still waits to be, go nowhere; Python would complain about it at exit."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
