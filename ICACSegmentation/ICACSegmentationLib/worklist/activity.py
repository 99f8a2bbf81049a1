"""Signs of life of the user, for the time spent on a case: the mouse moves."""

from __future__ import annotations

from collections.abc import Callable

import qt

from ICACSegmentationLib.common.ticker import Ticker


class Activity:
    """Looks at the mouse now and then while something is watched.

    Parameters
    ----------
    moved : callable
        Called after the mouse was moved.

    """

    def __init__(self, moved: Callable[[], None]) -> None:
        self._moved, self._position = moved, None
        self._ticker = Ticker(self._look, 1000)

    def watch(self, something) -> None:
        """Look while there is something to watch; None to stop."""
        if something is None:
            self._ticker.stop()
        else:
            self._ticker.start()

    def _look(self) -> None:
        position = qt.QCursor.pos()
        position = (position.x(), position.y())
        if position != self._position:
            self._position = position
            self._moved()
