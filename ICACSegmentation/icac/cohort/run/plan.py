"""What a run has to do, and what it will take."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from icac.cohort.results.copies import copies
from icac.cohort.scans.fingerprint import Listing, list_files
from icac.cohort.scans.scan_input import ScanInput
from icac.cohort.store.folder import Store
from icac.errors import InputError

#: What a scan takes where no scan of this cohort was computed yet: seconds on two cores for 140 slices of 512 x 512,
#: and megabytes written.
SECONDS_A_SCAN, MEGABYTES_A_SCAN = 8.0, 1.5


@dataclass(frozen=True)
class Estimate:
    """What a run will take.

    Attributes
    ----------
    scans : int
        Scans to be computed.
    seconds, gigabytes : float
    basis : str
        What the estimate rests on, in words.

    """

    scans: int
    seconds: float
    gigabytes: float
    basis: str


@dataclass
class Plan:
    """The scans of a cohort by what is to be done with them.

    Attributes
    ----------
    todo : list of ScanInput
        In the order to be computed.
    followers : dict of str to list of ScanInput
        Scans that seem to be copies of one in ``todo``, by its name: they wait for it, to take over its result.
    done, failed : list of ScanInput
        Finished earlier, and failed earlier (which is not tried again unless asked for).
    missing : dict of ScanInput to str
        Scans whose files are not there, and the sentence that says so.
    copies : dict of str to str
        The first scan that each other one is once more, both by name: surely where both are finished, else as it seems.

    """

    todo: list[ScanInput] = field(default_factory=list)
    followers: dict[str, list[ScanInput]] = field(default_factory=dict)
    done: list[ScanInput] = field(default_factory=list)
    failed: list[ScanInput] = field(default_factory=list)
    missing: dict[ScanInput, str] = field(default_factory=dict)
    copies: dict[str, str] = field(default_factory=dict)
    _seconds: list[float] = field(default_factory=list)
    _bytes: list[int] = field(default_factory=list)

    @property
    def waiting(self) -> list[ScanInput]:
        """All scans that this run is to finish."""
        return self.todo + [scan for scans in self.followers.values() for scan in scans]

    def estimate(self, workers: int) -> Estimate:
        """Return what the run will take with so many scans at once."""
        if self._seconds:
            seconds, size = statistics.median(self._seconds), statistics.median(self._bytes)
            basis = f"the {len(self._seconds)} scans that are finished"
        else:
            seconds, size = SECONDS_A_SCAN, MEGABYTES_A_SCAN * 1e6
            basis = "140 slices of 512 x 512 on two cores, as no scan is finished yet"
        count = len(self.todo)
        copies = len(self.waiting) - count
        return Estimate(count, count * seconds / workers, (count + copies) * size / 1e9, basis)


def make_plan(scans: Iterable[ScanInput], store: Store, identity: str, retry_failed: bool = False) -> Plan:
    """Sort the scans of a cohort by what is to be done with them.

    A scan is known by the names, sizes and times of its files here. Where these changed, a worker reads it and
    computes it only if its content changed, too.
    """
    plan = Plan()
    listings: dict[ScanInput, Listing] = {}
    finished: dict[ScanInput, Listing] = {}
    records: list[dict[str, Any]] = []
    for scan in scans:
        try:
            listing = list_files(scan.path)
        except InputError as error:
            plan.missing[scan] = str(error)
            continue
        record, failure = store.record(scan), store.failure(scan)
        if (record is not None and _is_of(record, scan, listing, identity)
                and store.is_whole(scan.folder, record)):
            plan.done.append(scan)
            finished[scan] = listing
            records.append(record)
            plan._bytes.append(record["output_bytes"])
            plan._seconds.append(sum(record["seconds"].values()))
        elif not retry_failed and failure is not None and _is_of(failure, scan, listing, identity):
            plan.failed.append(scan)
        else:
            listings[scan] = listing
    plan.copies |= copies(records)
    _separate_copies(plan, listings, finished)
    return plan


def _is_of(record: dict[str, Any], scan: ScanInput, listing: Listing, identity: str) -> bool:
    """Tell whether a record of a result or of a failure is of these files, this series and this computation."""
    source = record.get("source") or record["scan"]
    return (record["identity_sha256"], record["fingerprint"], source["series"]) == (
        identity, listing.fingerprint, scan.series)


def _separate_copies(plan: Plan, listings: dict[ScanInput, Listing], finished: dict[ScanInput, Listing]) -> None:
    """Fill ``todo`` and ``followers``: only scans of the same sizes are compared, by a sample of their bytes."""
    by_sizes = Counter((listing.sizes, scan.series) for scan, listing in (finished | listings).items())
    first: dict[tuple[str, str], ScanInput] = {}
    for scan, listing in (finished | listings).items():
        found = scan
        if by_sizes[listing.sizes, scan.series] > 1:
            found = first.setdefault((listing.sizes + listing.sample_sha256(), scan.series), scan)
        if scan in finished:
            continue
        plan.copies |= {} if found is scan else {scan.name: found.name}
        if found in finished or found is scan:
            plan.todo.append(scan)
        else:
            plan.followers.setdefault(found.name, []).append(scan)
