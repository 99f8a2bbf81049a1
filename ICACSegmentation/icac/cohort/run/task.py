"""What a worker does with one scan."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from icac import __version__
from icac.cohort.run.computation import Computation, result_key
from icac.cohort.run.slots import Slots
from icac.cohort.scans.fingerprint import list_files
from icac.cohort.scans.scan_input import ScanInput
from icac.cohort.store.folder import Store
from icac.errors import IcacError, OutputError, is_memory_full
from icac.files import read_json, write_json
from icac.report import Report
from icac.text import one_line, shortened, without_controls

#: What a scan can end as: computed now; found finished, here or under another name; failed.
COMPUTED, KEPT, FAILED = "computed", "kept", "failed"

#: Longest traceback that is kept, in characters.
LONGEST_TRACEBACK = 20_000

#: What all scans of this process share, by the checksum of the computation's identity.
_SHARED: dict[str, Any] = {}


@dataclass(frozen=True)
class Job:
    """One scan, as it is sent to a worker.

    Attributes
    ----------
    scan : ScanInput
    store : Store
    computation : Computation
    identity : str
        Checksum of the identity of the computation.
    slots : Slots
    attempts : int
        How often a scan is begun at most, if its worker dies each time.

    """

    scan: ScanInput
    store: Store
    computation: Computation
    identity: str
    slots: Slots
    attempts: int

    @property
    def marker(self) -> Path:
        """File that exists while a worker is at the scan."""
        return self.store.run_folder / "started" / f"{self.scan.name}.json"

    def for_scan(self, scan: ScanInput) -> Job:
        """Return the same for another scan."""
        return replace(self, scan=scan)

    def leave_outcome(self, outcome: dict[str, Any]) -> dict[str, Any]:
        """Write how the scan ended to a file, from which it can be known even if the worker does not answer any more.

        Dask keeps results in the worker, which may hang with the next scan before this one's result was asked for.
        """
        write_json(self._outcome, outcome)
        return outcome

    def take_outcome(self) -> dict[str, Any] | None:
        """Return what was left by :meth:`leave_outcome`, and remove it; None if there is nothing (yet)."""
        outcome = read_json(self._outcome)
        self._outcome.unlink(missing_ok=True)
        return outcome

    @property
    def _outcome(self) -> Path:
        return self.store.run_folder / "ended" / f"{self.scan.name}.json"


class _Marker:
    """Says what a worker is doing, in a file, so that it is known even of one that died."""

    def __init__(self, job: Job, worker: str) -> None:
        before = read_json(job.marker) or {"attempt": 0}
        self.attempt = before["attempt"] + 1
        self._path = job.marker
        self._state = {"attempt": self.attempt, "worker": worker, "host": socket.gethostname(), "pid": os.getpid()}
        self.seconds: dict[str, float] = {}

    def write(self, stage: str) -> None:
        write_json(self._path, {**self._state, "stage": stage})

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        self.write(name)
        began = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - began, 3)

    def remove(self) -> None:
        self._path.unlink(missing_ok=True)


def run_job(job: Job) -> dict[str, Any]:
    """Compute a scan unless its result is there, and return how it ended.

    Returns
    -------
    dict
        ``status``, and of a failure ``kind``, ``reason`` and, where unexpected, ``traceback``.

    """
    marker = _Marker(job, _worker_address())
    if marker.attempt > job.attempts:
        marker.remove()
        return job.leave_outcome(
            _failed("died", f"The worker died each of the {job.attempts} times that it computed this scan."))
    try:
        outcome = _run(job, marker)
    except Exception as error:
        outcome = failure_of(error)
    job.leave_outcome(outcome)
    marker.remove()
    return outcome


def failure_of(error: BaseException) -> dict[str, Any]:
    """Return how a scan ends that raised an error."""
    if is_memory_full(error):
        return _failed("memory", "There was not enough memory for this scan; give each worker more (--memory), or run "
                                 "fewer workers.")
    cause = error.__cause__ if isinstance(error, OutputError) else error
    if isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
        return _failed("output", f"The results cannot be written ({cause.strerror}).")
    if isinstance(error, IcacError):
        return _failed(type(error).__name__.removesuffix("Error").lower(), str(error))
    lines = "".join(traceback.format_exception(error))
    return _failed("unexpected", f"{type(error).__name__}: {error}") | {
        "traceback": shortened(without_controls(lines), LONGEST_TRACEBACK)}


def _failed(kind: str, reason: str) -> dict[str, Any]:
    return {"status": FAILED, "kind": kind, "reason": shortened(one_line(reason))}


def _run(job: Job, marker: _Marker) -> dict[str, Any]:
    with marker.stage("read"):
        listing = list_files(job.scan.path)
        content = listing.content_sha256()
        key = result_key(job.identity, content, job.scan.series)
        origin = {"source": job.scan.shown(), "fingerprint": listing.fingerprint, "input_bytes": listing.bytes}
        if _reuse(job, key, origin):
            return {"status": KEPT}
        data = job.computation.read(job.scan)
    marker.write("wait")
    with job.slots.one(), marker.stage("compute"):
        job.slots.choose_gpu()
        if job.identity not in _SHARED:
            _SHARED[job.identity] = job.computation.load()
        folder = job.store.new_folder(job.scan)
        try:
            outcome = job.computation.compute(_SHARED[job.identity], data, folder, job.scan.name)
            record = origin | {
                "name": job.scan.name, "key": key, "identity_sha256": job.identity, "content_sha256": content,
                "created": datetime.now(timezone.utc).isoformat(timespec="seconds"), "icac": __version__,
                "host": socket.gethostname(), "files": dict(outcome.files),
                "seconds": {"read": marker.seconds["read"], **outcome.seconds}, "row": dict(outcome.row),
                "lesions": [dict(lesion) for lesion in outcome.lesions]}
            job.store.commit(folder, job.scan, record)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    return {"status": COMPUTED}


def _reuse(job: Job, key: str, origin: dict[str, Any]) -> bool:
    """Take over a finished result with the same key, of this scan or of one with the same content."""
    there = job.store.record(job.scan)
    if there is not None and there["key"] == key and job.store.is_whole(job.scan.folder, there):
        job.store.update_record(job.scan, there | origin)
        return True
    other = job.store.find_key(key)
    record = None if other is None else job.store.record_in(other)
    if other is None or record is None:  # it may have been replaced meanwhile
        return False
    folder = job.store.new_folder(job.scan)
    files = {role: name.replace(record["name"], job.scan.name, 1) for role, name in record["files"].items()}
    for role, name in record["files"].items():
        source, target = job.store.root / other / name, folder / files[role]
        target.parent.mkdir(exist_ok=True)
        if role == "report":  # it names the others, as they are called now
            Report.load(source).beside(files).write(target)
        else:
            shutil.copyfile(source, target)
    job.store.commit(folder, job.scan, record | origin | {
        "name": job.scan.name, "files": files, "copy_of": record["name"]})
    return True


def _worker_address() -> str:
    """Return the address of the Dask worker, empty outside one."""
    from distributed import get_worker

    try:
        return get_worker().address
    except ValueError:
        return ""
