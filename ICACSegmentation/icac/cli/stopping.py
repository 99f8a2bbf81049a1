"""Signals that end a run unwind it as Ctrl-C does: files are taken back, workers are stopped, locks are freed."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from icac.errors import INTERRUPTED_EXIT_CODE

#: ``kill``, and a terminal or a connection that was closed; not every system has the second.
_ENDING = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


class Stopped(KeyboardInterrupt):
    """A signal asked the run to end.

    Attributes
    ----------
    number : int
        Of the signal.

    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def exit_code(stop: KeyboardInterrupt) -> int:
    """Return the exit code of a stopped run, as shells number them."""
    return 128 + stop.number if isinstance(stop, Stopped) else INTERRUPTED_EXIT_CODE


@contextmanager
def unwound_by_signals() -> Iterator[None]:
    """Raise :class:`Stopped` where the run is when a signal asks it to end.

    A signal that is ignored (``nohup``) stays so. Does nothing outside the main thread, which alone gets signals.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in _ENDING}
    for number, handler in before.items():
        if handler is signal.SIG_DFL:
            signal.signal(number, _stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            if handler is signal.SIG_DFL:
                signal.signal(number, handler)


def _stop(number: int, _frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # once is enough; a second would interrupt the unwinding
    raise Stopped(number)
