"""Processes that read mutants, watched from outside: crashes, and waits without end, are outcomes too."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any

from Testing.fuzz.child import serve
from Testing.fuzz.mutant import FAILED, Outcome

#: Seconds after which a process that neither answers nor computes is taken to hang.
PATIENCE_S = 120


class Child:
    """One process that reads mutants; started anew when it ends."""

    def __init__(self) -> None:
        self._process: multiprocessing.process.BaseProcess | None = None
        self._scratch = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._errors = Path(self._scratch.name, "errors.txt")

    def __enter__(self) -> Child:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._stop()
        self._scratch.cleanup()

    def read(self, kind: str, number: int) -> Outcome:
        """Make a mutant and read it."""
        return self._ask("read", kind, number)

    def make(self, kind: str, number: int, folder: Path) -> None:
        """Make a mutant in a new folder."""
        self._ask("make", kind, number, folder)

    def read_again(self, kind: str, folder: Path) -> Outcome:
        """Read a mutant that :meth:`make` made."""
        return self._ask("read_again", kind, folder)

    def _ask(self, *job: object) -> Any:
        if self._process is None:
            self._start()
        try:
            self._pipe.send(job)
            if self._pipe.poll(PATIENCE_S):
                return self._pipe.recv()
            outcome = Outcome(FAILED, f"hangs: no answer in {PATIENCE_S} s")
        except (EOFError, OSError):
            outcome = Outcome(FAILED, self._last_words())
        self._stop()
        return outcome

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, str(self._errors)), daemon=True)
        self._process.start()
        theirs.close()

    def _last_words(self) -> str:
        """Say how the process ended."""
        self._process.join(PATIENCE_S)
        code = self._process.exitcode
        name = f"exit code {code}"
        if code is not None and code < 0:
            name = signal.Signals(-code).name
        if name == "SIGPROF":
            name += " (took too long)"
        said = self._errors.read_text(errors="replace")[-3000:] if self._errors.is_file() else ""
        return f"the process ended: {name}\n{said}"

    def _stop(self) -> None:
        if self._process is None:
            return
        with contextlib.suppress(OSError):
            self._pipe.send(None)
        self._process.join(5)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._process = None
