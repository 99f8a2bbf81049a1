"""Giving the scans of a cohort to Dask, and recording what became of each."""

from __future__ import annotations

import os
import queue
import signal
import time
from collections import deque
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, Any

from icac.cohort.run.cluster import TASK
from icac.cohort.run.plan import Plan
from icac.cohort.run.rate import Counter
from icac.cohort.run.task import COMPUTED, FAILED, KEPT, Job, failure_of, run_job
from icac.cohort.run.watch import Overdue, Watch
from icac.cohort.scans.fingerprint import list_files
from icac.cohort.scans.scan_input import ScanInput
from icac.errors import DeviceError, InputError, ModelError, OutputError
from icac.log import LOGGER
from icac.settings import Limits

if TYPE_CHECKING:
    from distributed import Client, Future

#: Scans that the scheduler knows ahead, for each worker process: enough to keep it busy, few enough for any cohort.
AHEAD = 4

#: Every so many seconds it is looked for scans that take too long, new workers, and whether the scheduler is there.
LOOK_S = 0.5

#: A scheduler that does not answer for so many seconds is lost.
LOST_S = 30.0

#: So often a worker may exceed its memory without having begun a scan before the run is given up.
_START_DEATHS = 10

#: Failures that all further scans would share: they end the run, and are not held against the scan.
_STOPPING = {"output": OutputError, "model": ModelError}


class Dispatch:
    """Gives the scans of a plan to the workers of a client and receives what became of them.

    Parameters
    ----------
    client : distributed.Client
    plan : Plan
    pattern : Job
        A job as all are to be, but for the scan.
    limits : Limits
    counter : Counter

    """

    def __init__(self, client: Client, plan: Plan, pattern: Job, limits: Limits, counter: Counter) -> None:
        self._client, self._counter, self._limits, self._pattern = client, counter, limits, pattern
        self._store = pattern.store
        self._waiting, self._followers = deque(plan.todo), dict(plan.followers)
        self._ended: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._under_way: dict[str, tuple[ScanInput, Future]] = {}
        self._watch = Watch(self._store.run_folder / "started", limits.timeout_s)
        self._over_memory: set[str] = set()
        self._start_deaths = 0
        self._workers, self._looked, self._answered = 1, 0.0, time.monotonic()

    def go(self) -> None:
        """Return when all scans have ended.

        Raises
        ------
        OutputError, ModelError
            Results cannot be written, or the model was changed or removed.
        DeviceError
            The scheduler is lost, or workers cannot start.

        """
        self._client.subscribe_topic("worker-restart-memory", self._note_memory)
        self._counter.start()
        while self._waiting or self._under_way:
            self._submit()
            with suppress(queue.Empty):
                self._receive(self._ended.get(timeout=LOOK_S))
            if time.monotonic() - self._looked > LOOK_S:
                self._look()

    def _submit(self) -> None:
        while self._waiting and len(self._under_way) < AHEAD * self._workers:
            scan = self._waiting.popleft()
            future = self._client.submit(run_job, self._pattern.for_scan(scan), pure=False,
                                         key=(TASK, f"{self._store.run}-{scan.name}"))
            self._under_way[scan.name] = (scan, future)
            future.add_done_callback(lambda _, name=scan.name: self._ended.put(name))

    def _receive(self, name: str) -> None:
        task = self._under_way.pop(name, None)
        if task is None:  # was given up
            return
        scan, future = task
        if future.status == "finished":
            self._end(scan, self._pattern.for_scan(scan).take_outcome() or future.result(timeout=LOST_S))
        elif future.status == "error":
            self._end(scan, _outcome_of_error(future.exception()))
        else:
            raise self._lost()

    def _end(self, scan: ScanInput, outcome: dict[str, Any]) -> None:
        """Record how a scan ended, and let its copies follow."""
        if outcome["status"] == FAILED:
            if outcome["kind"] in _STOPPING:
                raise _STOPPING[outcome["kind"]](outcome["reason"])
            if outcome["kind"] == "died" and scan.name in self._over_memory:
                outcome = failure_of(MemoryError())
            LOGGER.info("%s failed: %s", scan.name, outcome["reason"])
            self._record_failure(scan, outcome)
        else:
            self._store.forget_failure(scan)
        self._counter.count({COMPUTED: "computed", KEPT: "kept", FAILED: "failed"}[outcome["status"]])
        self._waiting.extendleft(reversed(self._followers.pop(scan.name, [])))

    def _record_failure(self, scan: ScanInput, outcome: dict[str, Any]) -> None:
        try:
            fingerprint = list_files(scan.path).fingerprint
        except InputError:
            fingerprint = ""
        record = {key: outcome[key] for key in ("kind", "reason", "traceback") if key in outcome}
        self._store.record_failure(scan, record | {"fingerprint": fingerprint,
                                                   "identity_sha256": self._pattern.identity})

    def _look(self) -> None:
        """See to scans that take too long, to workers that came or went, and to the scheduler."""
        self._looked = time.monotonic()
        workers = self._alive_workers()
        if workers is not None:
            self._answered = time.monotonic()
            self._workers = max(1, len(workers))
            self._counter.note("" if workers else "waiting for workers")
            for overdue in self._watch.look(workers):
                self._give_up(overdue)
        if self._client.status == "closed" or time.monotonic() - self._answered > LOST_S:
            raise self._lost()
        if self._start_deaths > _START_DEATHS:
            raise DeviceError("The workers exceed their memory before they begin a scan; give each more (--memory).")

    def _alive_workers(self) -> dict[str, int] | None:
        """Return the addresses of the workers that the scheduler knows, None if it does not answer."""
        try:
            return self._client.nthreads()
        except (OSError, TimeoutError):
            return None

    def _give_up(self, overdue: Overdue) -> None:
        """Record a scan as failed that takes too long, and have its worker killed; Dask starts it again."""
        task = self._under_way.pop(overdue.name, None)
        if task is None:
            return
        scan, future = task
        LOGGER.info("%s takes too long; its worker is started again", scan.name)
        future.cancel(force=True)
        # In a thread: whatever state worker and nanny are in, the other scans go on.
        Thread(target=self._client.run, args=(_kill, overdue.pid), daemon=True,
               kwargs={"workers": [overdue.worker], "nanny": True, "on_error": "ignore"}).start()
        self._watch.forget(overdue.name)
        self._end(scan, {"status": FAILED, "kind": "timeout", "reason":
                         f"It took longer than {self._limits.timeout_s:g} s (--timeout) and was stopped during the "
                         f"stage '{overdue.stage}'."})

    def _note_memory(self, event: tuple[float, dict[str, Any]]) -> None:
        """Remember which scan a worker was at whose memory was exceeded; Dask has killed it and starts it again."""
        name = self._watch.scan_of(event[1]["worker"], event[1]["pid"])
        LOGGER.info("a worker exceeded its memory at %s; it is started again", name or "its start")
        if name is None:
            self._start_deaths += 1
        else:
            self._over_memory.add(name)

    def _lost(self) -> DeviceError:
        return DeviceError("The connection to the Dask scheduler was lost. Finished scans are safe; start the same "
                           "command again to go on.")


def _kill(pid: int) -> None:
    """Kill a worker process; run by its nanny."""
    os.kill(pid, signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)


def _outcome_of_error(error: BaseException) -> dict[str, Any]:
    """Return how a scan ends whose task failed outside of :func:`icac.cohort.run.task.run_job`.

    Raises
    ------
    DeviceError
        The worker could not even begin.

    """
    from distributed import KilledWorker

    if isinstance(error, KilledWorker):
        return {"status": FAILED, "kind": "died", "reason": "The worker died each time that it computed this scan."}
    raise DeviceError(f"A worker cannot run icac ({type(error).__name__}: {error}); install the same version with "
                      "icac[cohort] for all workers.") from error
