"""Starting and truly ending a child process on Linux, macOS and Windows.

Slicer's Python is started through a launcher, so the process that computes is a grandchild: ending the launcher
alone would leave it running. It is ended in two ways. Its standard input is a lifeline: when that closes, because
the run was cancelled or because the application is gone, however it went, the child leaves (see ``child``). And
the whole group of processes is killed at once, for a child that is deep in a computation.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence

#: Seconds to wait for a killed process before leaving it to the operating system.
KILL_TIMEOUT_S = 5.0


def start(arguments: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a process with pipes: in a group of its own or, on Windows, where there are none, without a console.

    Raises
    ------
    OSError
        If the executable cannot be started.

    """
    process = subprocess.Popen(list(arguments), env=dict(environment), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, **_group_options())
    with contextlib.suppress(OSError):      # it may be gone already
        process.stdin.write(b"\n")
        process.stdin.flush()
    return process


def _group_options() -> dict:
    if os.name == "nt":
        return {"creationflags": subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def end(process: subprocess.Popen[bytes]) -> None:
    """Cut the lifeline of a process, kill it and all it started, and wait until it is gone."""
    with contextlib.suppress(OSError):
        process.stdin.close()
    _kill_group(process)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(KILL_TIMEOUT_S)


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    if os.name == "nt":
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True, check=False,
                       creationflags=subprocess.CREATE_NO_WINDOW)
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
