"""Running a cohort: finding out what is to be done, and having it done."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from icac.cohort.run.cluster import Cluster, connect
from icac.cohort.run.computation import Computation, identity_sha256
from icac.cohort.run.dask_log import DASK_LOG, dask_log
from icac.cohort.run.dispatch import Dispatch
from icac.cohort.run.plan import make_plan
from icac.cohort.run.rate import Counter
from icac.cohort.run.slots import Slots
from icac.cohort.run.task import FAILED, Job
from icac.cohort.scans.scan_input import ScanInput
from icac.cohort.scans.secret_labels import with_secret_labels
from icac.cohort.store.folder import Store
from icac.files.lock import locked
from icac.progress import Progress, Silent
from icac.settings import Limits


@dataclass(frozen=True)
class RunSummary:
    """What became of the scans of a cohort.

    Attributes
    ----------
    computed, kept, failed : int
        Computed by this run; finished before or taken over from a copy; failed in this run or before.

    """

    computed: int
    kept: int
    failed: int


def run_cohort(scans: Iterable[ScanInput], out: str | Path, computation: Computation, *,
               cluster: Cluster | None = None, limits: Limits | None = None, retry_failed: bool = False,
               hide_names: bool = False, progress: Progress | None = None) -> RunSummary:
    """Compute all scans of a cohort whose results are not there yet. Tables are not written, see :func:`collect`.

    Parameters
    ----------
    scans : iterable of ScanInput
    out : str or Path
        Folder of the results, see :mod:`icac.cohort.store.folder`. On a cluster it must be the same on all machines.
    computation : Computation
    cluster : Cluster, optional
        One worker on this machine if omitted.
    limits : Limits, optional
    retry_failed : bool
        Try scans again that failed before although neither they nor the computation changed.
    hide_names : bool
        Call scans by labels that tell nothing, and leave their paths out of the results. The computation must leave
        them out of what it writes, too.
    progress : Progress, optional

    Returns
    -------
    RunSummary

    Raises
    ------
    InputError, ModelError, DeviceError
        Dask, the model or the workers cannot be used.
    OutputError
        Results cannot be written, or another run writes to the same folder.

    """
    cluster, limits, progress = cluster or Cluster(), limits or Limits(), progress or Silent()
    scans, identity = list(scans), identity_sha256(computation)
    root = Path(out).absolute()
    with locked(root):
        store = Store(root).begin_run()
        if hide_names:
            scans = _labelled(scans, store)
        store.save_cohort(scans, dict(computation.identity()), identity)
        progress.update("Cohort", 0.0, f"{len(scans)} scans, looking for finished ones")
        plan = make_plan(scans, store, identity, retry_failed)
        counter = Counter(len(scans), progress, ended=len(plan.done) + len(plan.failed), kept=len(plan.done),
                          failed=len(plan.failed))
        for scan, reason in plan.missing.items():
            store.record_failure(scan, {"kind": "input", "reason": reason, "fingerprint": "",
                                        "identity_sha256": identity})
            counter.count(FAILED)
        pattern = Job(scans[0], store, computation, identity, Slots(store.run, cluster.slots), limits.attempts)
        try:
            if plan.todo:
                with dask_log(store.hidden / DASK_LOG), connect(cluster, store.run_folder, store.hidden) as client:
                    Dispatch(client, plan, pattern, limits, counter).go()
        finally:
            store.end_run()
            pattern.slots.remove()
    return RunSummary(counter.computed, counter.kept, counter.failed)


def _labelled(scans: list[ScanInput], store: Store) -> list[ScanInput]:
    hidden = with_secret_labels(scans, store.names_key())
    store.save_names(scans, hidden)
    return hidden
