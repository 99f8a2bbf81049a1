"""The process in which mutants are read: it may crash, hang and ask for all memory without harm to the others."""

from __future__ import annotations

import faulthandler
import os
import shutil
import signal
import sys
import traceback
import warnings
from contextlib import nullcontext
from multiprocessing.connection import Connection
from pathlib import Path

#: File in the folder of the process with all that was printed, and the Python stack of a crash.
ERRORS = "errors.txt"

#: Seconds of processor time that reading one small file may take.
CPU_LIMIT_S = 15

#: Memory that reading one small file may take.
MEMORY_LIMIT = 1 << 30


def serve(jobs: Connection, scratch: Path) -> None:
    """Answer jobs, tuples of a method of :class:`_Reader` and its arguments, until there are no more."""
    _keep_quiet(scratch / ERRORS)
    _keep_one_decoder()
    from Testing.fuzz.mutant import FAILED, Outcome

    reader = _Reader(scratch)
    while (job := jobs.recv()) is not None:
        name, *arguments = job
        try:
            jobs.send(getattr(reader, name)(*arguments))
        except Exception:  # of the harness itself
            jobs.send(Outcome(FAILED, f"the harness: {traceback.format_exc()}"))


class _Reader:
    """Makes and reads mutants; whole inputs are made once."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._places: dict[str, Path] = {}

    def read(self, kind: str, number: int):
        """Make a mutant, read it and return its outcome."""
        folder = self._scratch / "mutant"
        shutil.rmtree(folder, ignore_errors=True)
        self.make(kind, number, folder)
        return self._judged(kind, folder)

    def make(self, kind: str, number: int, folder: Path) -> None:
        """Make a mutant, to be looked at."""
        from Testing.fuzz.mutant import make_mutant

        place = self._place(kind)
        make_mutant(kind, number, self._whole(kind), place, folder)

    def read_again(self, kind: str, kept: Path):
        """Read a mutant that was kept, and return its outcome."""
        from Testing.fuzz.mutant import copy

        self._place(kind)
        folder = self._scratch / "kept"
        copy(kept, folder)
        return self._judged(kind, folder)

    def _judged(self, kind: str, folder: Path):
        from Testing.fuzz.mutant import read_and_judge

        with Limits():
            return read_and_judge(kind, folder, self._place(kind))

    def _whole(self, kind: str) -> Path:
        return self._scratch / "whole" / kind

    def _place(self, kind: str) -> Path:
        from Testing.fuzz.mutant import make_whole

        if kind not in self._places:
            self._places[kind] = make_whole(kind, self._whole(kind))
        return self._places[kind]


class Limits:
    """Ends the process when a job takes too long, and refuses it memory; where the system can."""

    def __init__(self, cpu_s: float = CPU_LIMIT_S) -> None:
        self._cpu_s = cpu_s

    def __enter__(self) -> None:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_PROF, self._cpu_s)  # SIGPROF ends the process, native code or not
        self._limit_memory(_address_space() + MEMORY_LIMIT)

    def __exit__(self, *_: object) -> None:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_PROF, 0)
        self._limit_memory(None)

    @staticmethod
    def _limit_memory(limit: int | None) -> None:
        if sys.platform == "linux":
            import resource

            hard = resource.getrlimit(resource.RLIMIT_AS)[1]
            resource.setrlimit(resource.RLIMIT_AS, (hard if limit is None else limit, hard))


def _address_space() -> int:
    """Return the bytes of address space in use; only Linux tells."""
    if sys.platform != "linux":
        return 0
    return int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")


def _keep_one_decoder() -> None:
    """Let one process decompress the pictures of all mutants: to start one takes longer than to read thirty of them."""
    from icac.ct.dicom import pixels

    decoder = pixels.Decoder()
    pixels.Decoder = lambda: nullcontext(decoder)


def _keep_quiet(errors: Path) -> None:
    """Send what libraries print into a file, with the Python stack of native crashes."""
    stream = open(errors, "w")  # noqa: SIM115 (open as long as the process)
    os.dup2(stream.fileno(), 1)
    os.dup2(stream.fileno(), 2)
    faulthandler.enable(stream)
    warnings.simplefilter("ignore")
    os.environ["OMP_NUM_THREADS"] = "1"
    import SimpleITK as sitk  # noqa: N813

    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
