"""Running many independent jobs in several processes, which stop at once and quietly when the run is stopped or killed.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from contextlib import contextmanager
from itertools import islice
from multiprocessing import active_children, get_context, parent_process
from typing import Any

#: Environment of the workers: numerical libraries run one thread each.
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
               "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS": "1"}

#: Jobs given to the pool at a time, per worker: any number of jobs needs little memory.
_AHEAD = 3


def run_jobs(function: Callable[[Any], Any], jobs: Iterable[Any], workers: int) -> Iterator[Any]:
    """Yield the result of each job as it is done, in any order; in this process if there is one worker.

    Parameters
    ----------
    function : callable
        Of one argument; function, jobs and results must be picklable if there are several workers.
    jobs : iterable
        Taken as workers get free.
    workers : int
        Number of processes.

    Raises
    ------
    Exception
        What a job raises; jobs under way are then stopped.

    """
    if workers == 1:
        yield from map(function, jobs)
        return
    with _environment(_ONE_THREAD), ProcessPoolExecutor(workers, get_context("spawn"), _begin_worker) as pool:
        try:
            yield from _results(pool, function, iter(jobs), workers * _AHEAD)
        except BaseException:
            for process in active_children():
                process.terminate()
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _results(pool: ProcessPoolExecutor, function: Callable[[Any], Any], jobs: Iterator[Any],
             ahead: int) -> Iterator[Any]:
    pending = {pool.submit(_run_job, function, job) for job in islice(jobs, ahead)}
    while pending:
        done, pending = wait(pending, return_when=FIRST_COMPLETED)
        pending |= {pool.submit(_run_job, function, job) for job in islice(jobs, len(done))}
        for future in done:
            yield future.result()


def _run_job(function: Callable[[Any], Any], job: Any) -> Any:
    try:
        return function(job)
    except SystemExit as stop:
        # The job has cleaned up. The pool would take this for the job's result and begin the next one.
        os._exit(stop.code if isinstance(stop.code, int) else 1)


def _begin_worker() -> None:
    _stop_on_signals()
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Stop this process when the one that gives it jobs is gone, however that ended: nobody else would."""
    parent = parent_process()
    if parent is not None:
        parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


def _stop_on_signals() -> None:
    """Make signals raise SystemExit, by which a job cleans up what it was writing, and which prints nothing."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)


def _leave(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    """Set environment variables for child processes."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
