"""Processes that read mutants, watched from outside: crashes, and waits without end, are outcomes too."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any

import psutil

from Testing.fuzz.child import ERRORS, serve
from Testing.fuzz.mutant import FAILED, Outcome

#: Seconds after which a process that neither answers nor computes is taken to hang.
PATIENCE_S = 20

#: States of a process that does not wait for another one.
READY = (psutil.STATUS_RUNNING, psutil.STATUS_DISK_SLEEP)


class Child:
    """One process that reads mutants; started anew when it ends."""

    def __init__(self) -> None:
        self._process: multiprocessing.process.BaseProcess | None = None
        self._scratch = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._cpu_s = -1.0
        self._folder = Path(self._scratch.name)

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
            while not self._pipe.poll(PATIENCE_S):
                if not self._computes():
                    raise TimeoutError
            return self._pipe.recv()
        except TimeoutError:
            outcome = Outcome(FAILED, "hangs: it waits for something that does not come")
        except (EOFError, OSError):
            outcome = Outcome(FAILED, self._last_words())
        self._end()
        return outcome

    def _start(self) -> None:
        self._folder = Path(tempfile.mkdtemp(dir=self._scratch.name))
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, self._folder), daemon=True)
        self._process.start()
        self._cpu_s = -1.0
        theirs.close()

    def _computes(self) -> bool:
        """Tell whether the process, or one that it started, used the processor since this was asked last, or would.

        On a busy machine a process may get no time for long; unlike one that waits, it is ready to run.
        """
        before = self._cpu_s
        try:
            process = psutil.Process(self._process.pid)
            all_of_it = [process, *process.children(recursive=True)]
            self._cpu_s = sum(sum(one.cpu_times()[:2]) for one in all_of_it)
            return self._cpu_s != before or any(one.status() in READY for one in all_of_it)
        except psutil.NoSuchProcess:  # one ended while it was asked, which is no waiting
            return True

    def _last_words(self) -> str:
        """Say how the process ended."""
        self._process.join(PATIENCE_S)
        code = self._process.exitcode
        name = f"exit code {code}"
        if code is not None and code < 0:
            name = signal.Signals(-code).name
        if name == "SIGPROF":
            name += " (took too long)"
        errors = self._folder / ERRORS
        said = errors.read_text(errors="replace")[-3000:] if errors.is_file() else ""
        return f"the process ended: {name}\n{said}"

    def _stop(self) -> None:
        """Let the process end by itself, so that it removes its files."""
        if self._process is not None:
            with contextlib.suppress(OSError):
                self._pipe.send(None)
            self._process.join(5)
            self._end()

    def _end(self) -> None:
        self._process.kill()
        self._process.join()
        self._process = None
