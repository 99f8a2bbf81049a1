"""Seeing from outside what workers are at: which scan takes too long, and which worker was at which when it died."""

from __future__ import annotations

import time
from collections.abc import Container
from dataclasses import dataclass, field
from pathlib import Path

from icac.files import read_json


@dataclass
class _Seen:
    attempt: int
    spent_s: float = 0.0


@dataclass(frozen=True)
class Overdue:
    """A scan that takes too long.

    Attributes
    ----------
    name, worker, stage : str
        Name of the scan, address of its worker, what the worker is at.
    pid : int
        Process of the worker.

    """

    name: str
    worker: str
    stage: str
    pid: int


@dataclass
class Watch:
    """Follows the files that workers write when they begin a scan.

    A worker that hangs cannot say so, and a thread within it may not even run; and clocks of machines differ. So the
    time a scan takes is counted here, from look to look. Waiting for a slot does not count.

    Attributes
    ----------
    folder : Path
        Where workers say what they are at.
    timeout_s : float
        Seconds after which a scan takes too long.

    """

    folder: Path
    timeout_s: float
    _seen: dict[str, _Seen] = field(default_factory=dict)
    _scan_of: dict[tuple[str, int], str] = field(default_factory=dict)
    _last: float = field(default_factory=time.monotonic)

    def look(self, workers: Container[str]) -> list[Overdue]:
        """Count on for the scans of the workers that are alive, and return the scans that take too long."""
        now = time.monotonic()
        passed, self._last = now - self._last, now
        overdue, present = [], set()
        for path in self.folder.glob("*.json"):
            state = read_json(path)
            if state is None:
                continue
            present.add(path.stem)
            self._note(path.stem, state)
            seen = self._seen.get(path.stem)
            if seen is None or seen.attempt != state["attempt"]:
                self._seen[path.stem] = _Seen(state["attempt"])
                continue
            if state["worker"] in workers and state["stage"] != "wait":
                seen.spent_s += passed
            if seen.spent_s > self.timeout_s:
                overdue.append(Overdue(path.stem, state["worker"], state["stage"], state["pid"]))
        self._seen = {name: seen for name, seen in self._seen.items() if name in present}
        return overdue

    def scan_of(self, worker: str, pid: int) -> str | None:
        """Return the name of the scan that a worker process is or was last at, None if at none."""
        for path in self.folder.glob("*.json"):
            self._note(path.stem, read_json(path))
        return self._scan_of.get((worker, pid))

    def _note(self, name: str, state: dict | None) -> None:
        if state is not None:
            self._scan_of[state["worker"], state["pid"]] = name

    def forget(self, name: str) -> None:
        """Forget a scan that was given up."""
        (self.folder / f"{name}.json").unlink(missing_ok=True)
        self._seen.pop(name, None)
