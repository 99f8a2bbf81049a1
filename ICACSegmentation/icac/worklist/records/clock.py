"""Time spent on a case, without idle time."""

from __future__ import annotations

import time
from collections.abc import Callable

#: Seconds after the last sign of life of a user from which on time is idle. Looking at a difficult lesion without
#: touching anything takes less.
IDLE_AFTER_S = 60.0


class ActivityClock:
    """Adds up the time between signs of life; of longer gaps only the first :data:`IDLE_AFTER_S` count.

    Parameters
    ----------
    idle_after_s : float
    now : callable, optional
        Returns seconds that only ever increase.

    """

    def __init__(self, idle_after_s: float = IDLE_AFTER_S, now: Callable[[], float] = time.monotonic) -> None:
        self._idle_after = idle_after_s
        self._now = now
        self._last: float | None = None
        self._seconds = 0.0

    def touch(self) -> None:
        """Count the time since the last sign of life; starts the clock if it stands."""
        now = self._now()
        if self._last is not None:
            self._seconds += min(max(now - self._last, 0.0), self._idle_after)
        self._last = now

    def touch_if_running(self) -> None:
        """Count up to now, unless the clock stands."""
        if self._last is not None:
            self.touch()

    def pause(self) -> None:
        """Count up to now and stand still until touched again, as when the window loses the focus."""
        self.touch_if_running()
        self._last = None

    def take(self) -> float:
        """Return the seconds counted since they were last taken; does not count the running gap."""
        seconds, self._seconds = self._seconds, 0.0
        return seconds

    @property
    def seconds(self) -> float:
        """Seconds counted and not taken yet."""
        return self._seconds
