"""Running a command as a process of its own, with its time and its peak memory. For Linux and macOS."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Run:
    """A finished process.

    Attributes
    ----------
    wall_s, cpu_s : float
        From start to end, imports included; CPU seconds of all its threads.
    peak_gb : float
        Largest resident memory, 10^9 bytes.
    output : str
        What it printed.

    """

    wall_s: float
    cpu_s: float
    peak_gb: float
    output: str


def run(arguments: list[str], threads: int, repository: Path = REPOSITORY) -> Run:
    """Run Python with ``arguments`` on ``threads`` threads, with the code of a checkout.

    Raises
    ------
    RuntimeError
        If it fails; with the end of what it said.

    """
    environment = os.environ | {"PYTHONPATH": str(repository / "ICACSegmentation"), "OMP_NUM_THREADS": str(threads),
                                "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS": str(threads)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed has its bytecode
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        process = subprocess.Popen([sys.executable, *arguments], stdout=said, stderr=subprocess.STDOUT, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        output = said.read().decode(errors="replace")
    if process.returncode:
        raise RuntimeError(f"{' '.join(arguments)} failed:\n{output[-2000:]}")
    kilo = 1 if sys.platform == "darwin" else 1024
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * kilo / 1e9, output)


def median(runs: list[Run]) -> Run:
    """Return the run of median wall time."""
    return sorted(runs, key=lambda one: one.wall_s)[len(runs) // 2]
