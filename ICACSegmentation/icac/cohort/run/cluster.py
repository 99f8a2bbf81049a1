"""The workers of a run, all through Dask: on this machine, on a cluster that is there, or as jobs of Slurm."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from icac.cohort.run.dask_log import DASK_LOG, JOB_LOGS, keep_output
from icac.cohort.run.slots import visible_gpus
from icac.errors import DeviceError, InputError

if TYPE_CHECKING:
    from distributed import Client
    from distributed.security import Security

SLURM = "slurm"

#: What the keys of all tasks begin with, by which Dask knows them to be alike.
TASK = "icac-scan"

#: Scans that compute at once for each process that only reads ahead: reading takes about a quarter of the time.
COMPUTING_PER_READER = 4

#: Blocks of memory up to this size, and freed memory up to it, stay with a worker.
_KEPT_BYTES = 2**30

#: Retries are counted with the scans themselves (icac.cohort.run.task), so that Dask's own limit must be out of reach.
#: Each worker process is given one scan at a time. On a busy machine a worker that is started again needs its time.
DASK_SETTINGS = {
    "distributed.scheduler.allowed-failures": 1000,
    "distributed.scheduler.worker-saturation": 1.0,
    # Tasks of which it does not know how long they take stay with the worker that came first, while those that come
    # later wait for the first scan to end.
    f"distributed.scheduler.default-task-durations.{TASK}": "5s",
    "distributed.scheduler.worker-ttl": "10 minutes",
    "distributed.deploy.lost-worker-timeout": "10 minutes",
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": 0.95,
    "distributed.comm.timeouts.connect": "60s",
    "distributed.logging.distributed": "error",
    # Read by a worker as it starts, before it is told the settings above.
    "distributed.nanny.pre-spawn-environ.DASK_DISTRIBUTED__LOGGING__DISTRIBUTED": "error",
    # Dask has the C library (glibc) hand every block of more than 128 kB back to the kernel and ask for it again, which
    # takes more of the kernel's time than a scan has to spare: what is freed is kept for the next scan instead, and
    # asked for in large pages. Memory of a worker is bounded all the same.
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": str(_KEPT_BYTES),
    "distributed.nanny.pre-spawn-environ.MALLOC_MMAP_THRESHOLD_": str(_KEPT_BYTES),
    "distributed.nanny.pre-spawn-environ.GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
    # Nobody looks at where workers spend their time, which Dask would note a hundred times a second.
    "distributed.worker.profile.enabled": False,
    # What scheduler and workers would tell to every browser on the machine.
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
}

#: Where the servers for browsers listen, which Dask starts in any case.
HERE_ONLY = "127.0.0.1:0"


#: How an amount of memory is written.
_SIZE = re.compile(r"\d+(\.\d+)?\s*([kmgtp]i?)?b?", re.IGNORECASE)


@dataclass(frozen=True)
class Cluster:
    """Which workers to use.

    Attributes
    ----------
    workers : int
        Scans that are computed at once on this machine; with Slurm, jobs.
    scheduler : str
        Empty for this machine, the address of a running Dask scheduler, or ``slurm``.
    memory : str
        Limit of each worker process, e.g. ``"4 GB"``; empty for an equal share of the machine, with Slurm 8 GB.
    threads : int
        Threads of each computing worker; 0 for an equal share of the cores (with Slurm, 4).
    readers : int or None
        Processes that read ahead, in addition; chosen if None: none where workers of one thread fill all cores.
    slurm : mapping of str to str
        Further arguments of :class:`dask_jobqueue.SLURMCluster`, such as ``queue``, ``account``, ``walltime``.

    """

    workers: int = 1
    scheduler: str = ""
    memory: str = ""
    threads: int = 0
    readers: int | None = None
    slurm: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.workers < 1 or self.threads < 0 or (self.readers or 0) < 0:
            raise InputError("A cohort needs one worker or more; threads and readers cannot be negative.")
        if self.memory and not _SIZE.fullmatch(self.memory.strip()):
            raise InputError(f"The memory of a worker is written as '4 GB', not '{self.memory}'.")

    @property
    def on_this_machine(self) -> bool:
        """Tell whether the workers run here."""
        return not self.scheduler

    @property
    def slots(self) -> int:
        """Scans that one machine (one job of Slurm) computes at once; 0 where others decide."""
        return {"": self.workers, SLURM: 1}.get(self.scheduler, 0)

    @property
    def processes(self) -> int:
        """Worker processes of this machine or of a job of Slurm: those that compute and those that read ahead."""
        computing = max(1, self.slots)
        if self.readers is not None:
            return computing + self.readers
        gpus = len(visible_gpus()) if self.on_this_machine else 0
        if self.on_this_machine and not gpus and self.cores == 1 and computing >= usable_cores():
            return computing  # whatever reads ahead would take the time from those that compute
        return computing + max(-(-computing // COMPUTING_PER_READER), min(gpus, computing))

    @property
    def cores(self) -> int:
        """Threads of a computing worker."""
        if self.threads:
            return self.threads
        return max(1, usable_cores() // self.workers) if self.on_this_machine else 4


def usable_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def connect(cluster: Cluster, shared: Path, logs: Path) -> Iterator[Client]:
    """Start or find the workers; they are stopped at the end unless they were there before.

    What is started here is reached with a key of its own only (TLS), and has no dashboard. A scheduler that is there
    already is as safe as who started it made it.

    Parameters
    ----------
    cluster : Cluster
    shared : Path
        A folder that all machines see, for the key of this run.
    logs : Path
        Folder in which what workers say is kept that are started here: see :mod:`icac.cohort.run.dask_log`.

    Raises
    ------
    InputError
        Dask is not installed, or an option does not fit.
    DeviceError
        There is no scheduler at the address, or Slurm cannot be used.

    """
    needed = ["distributed", "pyarrow", "cryptography"] + ["dask_jobqueue"] * (cluster.scheduler == SLURM)
    if missing := [name for name in needed if importlib.util.find_spec(name) is None]:
        raise InputError(f"'icac cohort' needs {missing[0]}: install it with pip install 'icac[cohort]'.")
    import dask
    import distributed  # noqa: F401 - its defaults are read now, or they would be lost when the settings end

    with dask.config.set(DASK_SETTINGS):
        if cluster.on_this_machine:
            yield from _local(cluster, logs / DASK_LOG)
        elif cluster.scheduler == SLURM:
            yield from _slurm(cluster, shared, logs / JOB_LOGS)
        else:
            yield from _existing(cluster.scheduler)


def _local(cluster: Cluster, log: Path) -> Iterator[Client]:
    from distributed import Client, LocalCluster
    from distributed.security import Security
    from distributed.system import MEMORY_LIMIT

    memory = cluster.memory or MEMORY_LIMIT // cluster.processes
    with _closing(LocalCluster(
            n_workers=cluster.processes, threads_per_worker=1, processes=True, host="127.0.0.1",
            security=Security.temporary(), dashboard_address=None, memory_limit=memory,
            env=environment(cluster.cores), silence_logs=False)) as local, \
            Client(local, set_as_default=False) as client:
        # Of this and every later worker: one that is started again begins with it, too.
        client.register_worker_callbacks(partial(keep_output, log))
        yield client


@contextmanager
def _closing(workers: Any) -> Iterator[Any]:
    """Close workers at the end. All results are on disk by then, so that no fault in closing matters any more."""
    try:
        yield workers
    finally:
        with suppress(Exception):
            workers.close(timeout=20)


def _existing(address: str) -> Iterator[Client]:
    from distributed import Client

    try:
        client = Client(address, timeout="20s", set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise DeviceError(f"There is no Dask scheduler at {address}; start one with 'dask scheduler' and workers with "
                          "'dask worker ADDRESS --nthreads 1', and give its address.") from error
    with client:
        yield client


def _slurm(cluster: Cluster, shared: Path, logs: Path) -> Iterator[Client]:
    from distributed import Client

    shutil.rmtree(logs, ignore_errors=True)  # of the last run
    with TemporaryDirectory(prefix=".icac-keys-", dir=shared) as keys, \
            _closing(slurm_cluster(cluster, keys, logs)) as jobs, Client(jobs, set_as_default=False) as client:
        jobs.adapt(minimum_jobs=cluster.workers, maximum_jobs=cluster.workers)  # jobs that end are sent again
        yield client


def slurm_cluster(cluster: Cluster, keys: str | Path, logs: str | Path) -> Any:
    """Return a cluster of Slurm jobs without any job yet; each job has one computing and one or more reading processes.

    Scheduler and workers know each other by a key that is made for this run: on machines that others share, whoever
    can reach a scheduler without one can have it run anything.

    Parameters
    ----------
    cluster : Cluster
    keys : str or Path
        Folder that all machines see and no other user, for the key.
    logs : str or Path
        Folder for what each job says.

    Raises
    ------
    DeviceError
        Slurm does not accept it, e.g. because an option is unknown.

    """
    from dask_jobqueue.slurm import SLURMCluster

    variables = [f"export {name}={value}" for name, value in environment(cluster.cores).items()]
    try:
        options: dict[str, Any] = {
            "cores": cluster.processes, "processes": cluster.processes, "job_cpu": cluster.cores + 1,
            "memory": cluster.memory or "8 GB", "job_script_prologue": variables, "walltime": "24:00:00",
            "log_directory": str(logs), **cluster.slurm, "security": _kept_key(Path(keys)), "protocol": "tls://",
            "scheduler_options": {"dashboard": False, "dashboard_address": HERE_ONLY},
            "worker_extra_args": ["--no-dashboard", "--dashboard-address", HERE_ONLY]}
        return SLURMCluster(**options)
    except (TypeError, ValueError, OSError, RuntimeError) as error:
        raise DeviceError(f"The jobs for Slurm cannot be prepared ({error}); correct the options --slurm.") from error


def _kept_key(folder: Path) -> Security:
    """Make a key and a certificate that scheduler and workers share, and keep them in files of a folder."""
    from distributed.security import Security

    made = Security.temporary()
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    for path, text in ((key, made.tls_worker_key), (certificate, made.tls_ca_file)):
        path.touch(mode=0o600)
        path.write_text(text, encoding="ascii")
    roles = ("client", "scheduler", "worker")
    return Security(require_encryption=True, tls_ca_file=str(certificate),
                    **{f"tls_{role}_key": str(key) for role in roles},
                    **{f"tls_{role}_cert": str(certificate) for role in roles})


def environment(threads: int) -> dict[str, str]:
    """Return the environment of a worker: its numerical libraries run so many threads.

    But NumPy's BLAS has one: a second thread of it would wait for small matrices without pause.
    """
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS")
    return dict.fromkeys(names, str(threads)) | {"OPENBLAS_NUM_THREADS": "1"}
