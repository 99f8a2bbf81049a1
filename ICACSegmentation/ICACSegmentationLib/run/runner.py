"""Running the icac program in a child process, so that the application stays usable and a run can be cancelled.

Example::

    run = ChildRun()
    run.reported.connect(lambda report: print(report.stage, report.fraction))
    run.ended.connect(lambda ending: print(ending.outcome))
    run.start(command)
    while run.is_running:     # in Slicer: a timer that calls run.poll()
        run.poll()
"""

from __future__ import annotations

import json
import queue
import threading
from dataclasses import dataclass
from enum import Enum
from typing import IO, Protocol

from ICACSegmentationLib.common.signals import Signal
from ICACSegmentationLib.run import processes
from ICACSegmentationLib.run.command import Command


class Outcome(Enum):
    """How a run ended."""

    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Report:
    """How far a run has come: one line of ``icac ... --progress json``."""

    stage: str
    fraction: float
    message: str


@dataclass(frozen=True)
class Ending:
    """The end of a run.

    Attributes
    ----------
    outcome : Outcome
    message : str
        The program's own last sentence if the run failed, else empty.
    log : str
        All that the program printed other than progress.

    """

    outcome: Outcome
    message: str = ""
    log: str = ""


class Run(Protocol):
    """One run at a time of a program outside the application."""

    reported: Signal
    ended: Signal

    @property
    def is_running(self) -> bool:
        """Tell whether a run is under way, i.e. started and its end not yet reported."""

    def start(self, command: Command) -> None:
        """Start a run. Its progress and end are reported by :meth:`poll`."""

    def poll(self) -> None:
        """Emit ``reported`` and ``ended`` for all that has happened since the last call."""

    def cancel(self) -> None:
        """End the run now; ``ended`` is emitted before this returns. Nothing happens without a run."""


class ChildRun:
    """A run in a child process; see :class:`Run`. All signals are emitted in the thread that calls the methods."""

    def __init__(self) -> None:
        self.reported, self.ended = Signal(), Signal()
        self._process = None
        self._lines: queue.Queue[str] = queue.Queue()
        self._readers: list[threading.Thread] = []
        self._log: list[str] = []

    @property
    def is_running(self) -> bool:
        """Tell whether a run is under way."""
        return self._process is not None

    def start(self, command: Command) -> None:
        """Start the command.

        Raises
        ------
        RuntimeError
            If a run is under way.
        OSError
            If the executable cannot be started.

        """
        if self.is_running:
            raise RuntimeError("A run is under way.")
        process = processes.start(command.arguments, command.environment)
        self._lines, self._log = queue.Queue(), []
        self._readers = [self._read(process.stdout), self._read(process.stderr)]
        self._process = process

    def _read(self, stream: IO[bytes]) -> threading.Thread:
        thread = threading.Thread(target=_read_lines, args=(stream, self._lines), daemon=True)
        thread.start()
        return thread

    def poll(self) -> None:
        """Report what has happened since the last call."""
        if not self.is_running:
            return
        # The order matters: lines read after the readers were found finished cannot exist.
        finished = not any(reader.is_alive() for reader in self._readers) and self._process.poll() is not None
        self._report_lines()
        if finished and self.is_running:
            self._finish(self._process.returncode)

    def _report_lines(self) -> None:
        while True:
            try:
                line = self._lines.get_nowait()
            except queue.Empty:
                return
            report = parse_report(line)
            if report is None:
                self._log.append(line)
            elif self.is_running:           # a receiver may have cancelled the run
                self.reported.emit(report)

    def _finish(self, exit_code: int) -> None:
        self._process.stdin.close()
        self._process = None
        if exit_code == 0:
            self.ended.emit(Ending(Outcome.DONE, log=self._text()))
        else:
            said = self._log[-1] if self._log else ""
            self._log.append(f"exit code {exit_code}")
            self.ended.emit(Ending(Outcome.FAILED, said, self._text()))

    def cancel(self) -> None:
        """Kill the child and all it started, and report the end."""
        if not self.is_running:
            return
        process, self._process = self._process, None
        processes.end(process)
        self.ended.emit(Ending(Outcome.CANCELLED, log=self._text()))

    def _text(self) -> str:
        return "\n".join(self._log)


def _read_lines(stream: IO[bytes], lines: queue.Queue[str]) -> None:
    with stream:
        for line in stream:
            text = line.decode("utf-8", errors="replace").strip()
            if text:
                lines.put(text)


def parse_report(line: str) -> Report | None:
    """Return the progress report in a line of the program's output, or None if it is something else."""
    if not line.startswith("{"):
        return None
    try:
        record = json.loads(line)
        return Report(str(record["stage"]), float(record["fraction"]), str(record["message"]))
    except (ValueError, KeyError, TypeError):
        return None
