"""Entry of the child process: ``python -m icac``, tied to the life of the application that started it.

Started as ``python -m ICACSegmentationLib.run.child <arguments of icac>``. The standard input is a lifeline: the
application writes a first byte and then holds the other end. When it closes, the application has cancelled the run
or is gone. Where no first byte arrives, as behind a launcher that does not pass its input on, there is no lifeline.
"""

from __future__ import annotations

import os
import runpy
import sys
import threading

#: Exit code of a run that was ended because the application closed the lifeline (128 + SIGINT, as on Ctrl-C).
ORPHANED_EXIT_CODE = 130


def main() -> None:
    """Run the command line of icac until it is done or the lifeline is cut."""
    threading.Thread(target=_leave_when_input_closes, name="lifeline", daemon=True).start()
    runpy.run_module("icac", run_name="__main__", alter_sys=True)


def _leave_when_input_closes() -> None:
    # os.read, not sys.stdin: a thread that holds the buffer's lock would make the interpreter abort at its exit.
    if sys.stdin is None or not os.read(sys.stdin.fileno(), 1):
        return
    while os.read(sys.stdin.fileno(), 1024):
        pass
    # Computations that run in other threads cannot be asked to stop: leave without tidying up.
    os._exit(ORPHANED_EXIT_CODE)


if __name__ == "__main__":
    main()
