"""How fast a run goes, how much longer it takes, and how many scans failed, in one line."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field

from icac.progress import Progress

#: The rate is that of the latest scans.
_SCANS = 200

#: Shown at most so often, in seconds.
_EVERY_S = 0.5


@dataclass
class Counter:
    """Counts the scans of a run and shows it.

    Attributes
    ----------
    total : int
        Scans of the cohort.
    progress : Progress
    ended : int
        Scans of the cohort that are finished or failed, those of earlier runs included.
    computed, kept, failed : int
        What became of the scans of this run; failures of earlier runs are in ``failed``, too.

    """

    total: int
    progress: Progress
    ended: int = 0
    computed: int = 0
    kept: int = 0
    failed: int = 0
    _note: str = ""
    _shown: float = -1.0
    _times: deque = field(default_factory=lambda: deque(maxlen=_SCANS))

    def start(self) -> None:
        """Begin to measure the rate."""
        self._times.append(time.monotonic())
        self.show()

    def count(self, status: str) -> None:
        """Count a scan that ended."""
        setattr(self, status, getattr(self, status) + 1)
        self.ended += 1
        self._times.append(time.monotonic())
        if self._times[-1] - self._shown > _EVERY_S or self.ended == self.total:
            self.show()

    def note(self, text: str) -> None:
        """Show a remark, until another or none is given."""
        if text != self._note:
            self._note = text
            self.show()

    def show(self) -> None:
        """Show how far the run is."""
        self._shown = time.monotonic()
        self.progress.update("Cohort", self.ended / max(self.total, 1) * 0.98, self.message())

    def message(self) -> str:
        """Return the line, e.g. ``812/10000, 3 failed, 14.2 a minute, 10 h 46 min left``."""
        parts = [f"{self.ended}/{self.total}", f"{self.failed} failed"]
        passed = self._times[-1] - self._times[0] if self._times else 0.0
        if passed > 0:
            rate = (len(self._times) - 1) / passed
            parts.append(f"{60 * rate:.1f} a minute")
            parts.append(f"{duration((self.total - self.ended) / rate)} left")
        return ", ".join([*parts, *filter(None, [self._note])])


def duration(seconds: float) -> str:
    """Return a time in words: ``42 s``, ``7 min``, ``10 h 46 min``, ``3 d 4 h``."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes // 1440} d {minutes % 1440 // 60} h"
