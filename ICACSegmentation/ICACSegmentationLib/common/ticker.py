"""Calling a function again and again from the application's event loop."""

from __future__ import annotations

from collections.abc import Callable

import qt

#: Usual time between two calls, in milliseconds: often enough for a progress bar, too seldom to be felt.
INTERVAL_MS = 100


class Ticker:
    """A timer in the main thread."""

    def __init__(self, function: Callable[[], None], interval_ms: int = INTERVAL_MS) -> None:
        self._timer = qt.QTimer()
        self._timer.setInterval(interval_ms)
        self._timer.connect("timeout()", function)

    def start(self) -> None:
        """Begin calling."""
        self._timer.start()

    def stop(self) -> None:
        """Call no more."""
        self._timer.stop()
