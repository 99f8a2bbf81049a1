"""The folder of a cohort: a finished scan is a folder that appears in one step, with its record in it.

::

    OUT/dataset_description.json         what this is, after BIDS derivatives
    OUT/scans.csv, scans.parquet, ...    tables (see icac.cohort.results.tables), decisions.csv, qa.html
    OUT/sub-1/ses-2/ct/                  one finished scan: its files, and scan.json
    OUT/.icac-lock                       there while a run writes here
    OUT/.cohort/                         bookkeeping
        cohort.json                      the scans and the identity of the computation of the latest run
        names.csv, names.key             which scan is which, if names are hidden; not to be passed on
        failed/sub-1_ses-2.json          a scan that failed, and why
        keys/ab/abcd...                  where the result with this key is
        runs/<run>/                      of one run, removed at its end or by the next run
            writing/<scan>-<random>/     files that are being written
            started/<scan>.json          a scan that a worker has begun, and how often
            ended/<scan>.json            how a scan ended, until the run has noted it
"""

from __future__ import annotations

import json
import secrets
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from icac.cohort.scans.scan_input import ScanInput
from icac.cohort.scans.tree import HIDDEN, RECORD
from icac.cohort.store.old_tree import move_old_results
from icac.cohort.store.others import has_others, replace_beside_others
from icac.ct.hidden_names import hidden
from icac.errors import OutputError
from icac.files import read_json, whole_file, write_csv, write_json
from icac.files.whole import flush_file, put

#: What records must hold, and of which kind, to be used; others are damaged, or of another program.
_RECORD = {"name": str, "key": str, "identity_sha256": str, "fingerprint": str, "source": dict, "files": dict,
           "row": dict, "lesions": list, "seconds": dict, "output_bytes": int}

#: Texts of a record that it may lack.
_TEXTS = ("created", "icac", "host", "content_sha256", "copy_of")
_CELL = (str, int, float)
_SOURCE = dict.fromkeys(("path", "subject", "session", "series"), str)
_FAILURE = {"kind": str, "reason": str, "identity_sha256": str, "fingerprint": str, "scan": dict}
_COHORT = {"scans": list, "identity_sha256": str}

#: Which hidden name belongs to which scan.
NAMES = "names.csv"

#: Says what a folder holds, after BIDS.
DESCRIPTION = "dataset_description.json"


@dataclass(frozen=True)
class Store:
    """Reads and writes the folder of a cohort; workers get a copy.

    Attributes
    ----------
    root : Path
        Absolute; on a cluster the same on all machines.
    run : str
        Name of the run that writes; empty for reading.

    """

    root: Path
    run: str = ""

    @property
    def hidden(self) -> Path:
        """Folder of the bookkeeping."""
        return self.root / HIDDEN

    @property
    def run_folder(self) -> Path:
        """Folder of the run."""
        return self.hidden / "runs" / self.run

    def begin_run(self) -> Store:
        """Make the folders of a new run, and take away what earlier runs left unfinished.

        Raises
        ------
        OutputError
            The folder cannot be written, or is a dataset of other files.

        """
        store = Store(self.root, uuid.uuid4().hex[:12])
        self._refuse_other_dataset()
        try:
            self._clear_runs()
            for folder in (self.hidden / "failed", self.hidden / "keys", store.run_folder / "writing",
                           store.run_folder / "started", store.run_folder / "ended"):
                folder.mkdir(parents=True, exist_ok=True)
            move_old_results(self.root)
        except OSError as error:
            raise OutputError(f"The folder {self.root} cannot be written ({error.strerror}); choose another with -o."
                              ) from error
        return store

    def _refuse_other_dataset(self) -> None:
        """Refuse a BIDS dataset that is not made by this library: its description would be replaced."""
        description = read_json(self.root / DESCRIPTION)
        if isinstance(description, dict) and '"icac"' not in json.dumps(description.get("GeneratedBy", "")):
            raise OutputError(f"{self.root} is a dataset of other files, as its {DESCRIPTION} says; choose another "
                              "folder for the results.")

    def end_run(self) -> None:
        """Take the folder of the run away."""
        self._clear_runs()

    def _clear_runs(self) -> None:
        """Move the folders of runs aside first, in one step: workers that outlive their run finish nothing there."""
        runs = self.hidden / "runs"
        for old in list(runs.iterdir()) if runs.is_dir() else []:
            aside = self.hidden / f"removed-{uuid.uuid4().hex[:8]}"
            put(old, aside, durable=False)
        for aside in self.hidden.glob("removed-*"):
            shutil.rmtree(aside, ignore_errors=True)

    def record(self, scan: ScanInput) -> dict[str, Any] | None:
        """Return the record of a finished scan, None if there is none."""
        return self.record_in(scan.folder)

    def record_in(self, folder: str) -> dict[str, Any] | None:
        """Return the record in a folder relative to the root; None if there is none, or it is not whole."""
        record = read_json(self.root / folder / RECORD)
        return record if _is_record(record) else None

    def is_whole(self, folder: str, record: dict[str, Any]) -> bool:
        """Tell whether all files of a result in a folder (relative to the root) are there, as large as written."""
        sizes = record.get("sizes") or dict.fromkeys(record["files"].values())
        return all(_has_size(self.root / folder / name, size) for name, size in sizes.items())

    def new_folder(self, scan: ScanInput) -> Path:
        """Make an empty folder to write the results of a scan into."""
        folder = self.run_folder / "writing" / f"{scan.name}-{uuid.uuid4().hex[:8]}"
        folder.mkdir()
        return folder

    def commit(self, folder: Path, scan: ScanInput, record: dict[str, Any]) -> None:
        """Turn a folder of files into the result of a scan; a result with another key is replaced, other files stay.

        Raises
        ------
        OutputError
            Files of the result are missing, or it cannot be moved to its place.

        """
        if not folder.is_dir():
            raise OutputError(f"The files of {scan.name} are missing; another run removed them.")
        missing = [name for name in record["files"].values() if not (folder / name).is_file()]
        if missing:
            raise OutputError(f"{missing[0]} of {scan.name} is missing; another process removed it.")
        sizes = _flushed_sizes(folder)
        write_json(folder / RECORD, {**record, "sizes": sizes, "output_bytes": sum(sizes.values())}, indent=1)
        target = self.root / scan.folder
        self._remember_key(record["key"], scan.folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._put(folder, target, scan)
        except OSError as error:
            done = self.record(scan)  # a worker that was given up may have been faster
            if done is None or done["key"] != record["key"]:
                raise OutputError(f"The result of {scan.name} cannot be moved to {target} ({error.strerror})."
                                  ) from error

    def _put(self, folder: Path, target: Path, scan: ScanInput) -> None:
        before = self.record(scan) or {}
        known = {*before.get("sizes", {}), *before.get("files", {}).values()}
        if has_others(target, scan.name, known):
            replace_beside_others(folder, target, scan.name, known)
            return
        if target.exists():
            put(target, self.run_folder / f"replaced-{uuid.uuid4().hex[:8]}", durable=False)
        put(folder, target)

    def update_record(self, scan: ScanInput, record: dict[str, Any]) -> None:
        """Replace the record of a finished scan whose files stay as they are."""
        write_json(self.root / scan.folder / RECORD, record, indent=1)

    def find_key(self, key: str) -> str | None:
        """Return the folder, relative to the root, of the finished result with a key."""
        try:
            folder = self._key_path(key).read_text(encoding="utf-8")
        except (OSError, ValueError):
            return None
        record = self.record_in(folder)
        return folder if record and record["key"] == key and self.is_whole(folder, record) else None

    def _remember_key(self, key: str, folder: str) -> None:
        path = self._key_path(key)
        path.parent.mkdir(exist_ok=True)
        with whole_file(path, durable=False) as temporary:
            temporary.write_text(folder, encoding="utf-8")

    def _key_path(self, key: str) -> Path:
        return self.hidden / "keys" / key[:2] / key

    def failure(self, scan: ScanInput) -> dict[str, Any] | None:
        """Return why a scan failed, None if it did not."""
        failure = read_json(self._failure_path(scan))
        return failure if _holds(failure, _FAILURE) and _holds(failure["scan"], _SOURCE) else None

    def record_failure(self, scan: ScanInput, failure: dict[str, Any]) -> None:
        """Record why a scan failed. Only the process that holds the lock may, so that no stray worker does.

        Raises
        ------
        OutputError
            The record cannot be written.

        """
        if scan.shown_path:
            failure = {**failure, "reason": hidden(failure["reason"], Path(scan.path), shown=scan.shown_path)}
        write_json(self._failure_path(scan), {"scan": scan.shown(), **failure}, indent=1)

    def names_key(self) -> bytes:
        """Return the secret with which the names of this cohort are hidden; made when it is first asked for.

        Raises
        ------
        OutputError
            It cannot be kept.

        """
        path = self.hidden / "names.key"
        if not path.is_file():
            with whole_file(path) as temporary:
                temporary.write_bytes(secrets.token_bytes(32))
        return path.read_bytes()

    def save_names(self, before: list[ScanInput], after: list[ScanInput]) -> None:
        """Keep which hidden name belongs to which scan."""
        write_csv(self.hidden / NAMES, ("scan", "path", "subject", "session"), (
            {"scan": now.name, "path": was.path, "subject": was.subject, "session": was.session}
            for was, now in zip(before, after, strict=True)))

    def forget_failure(self, scan: ScanInput) -> None:
        """Take the record of a failure away."""
        self._failure_path(scan).unlink(missing_ok=True)

    def _failure_path(self, scan: ScanInput) -> Path:
        return self.hidden / "failed" / f"{scan.name}.json"

    def save_cohort(self, scans: list[ScanInput], identity: dict[str, Any], identity_sha256: str) -> None:
        """Remember which scans the cohort has and how they are computed."""
        write_json(self.hidden / "cohort.json", {
            "scans": [scan.to_dict() for scan in scans], "identity": identity, "identity_sha256": identity_sha256})

    def load_cohort(self) -> tuple[list[ScanInput], str]:
        """Return the scans of the cohort and the checksum of the identity of their computation.

        Raises
        ------
        OutputError
            The folder holds no cohort.

        """
        found = read_json(self.hidden / "cohort.json")
        try:
            if not _holds(found, _COHORT):
                raise ValueError
            return [ScanInput.from_dict(scan) for scan in found["scans"]], found["identity_sha256"]
        except ValueError as error:
            raise OutputError(f"{self.root} holds no results of 'icac cohort run'; give the folder that it wrote to."
                              ) from error


def _is_record(record: Any) -> bool:
    """Tell whether this is the record of a finished scan, down to values that can stand in a table."""
    if not _holds(record, _RECORD) or not _holds(record["source"], _SOURCE):
        return False
    cells = [value for row in (record["row"], *record["lesions"]) if isinstance(row, dict) for value in row.values()]
    return (all(isinstance(lesion, dict) for lesion in record["lesions"])
            and all(value is None or isinstance(value, _CELL) for value in cells)
            and all(isinstance(value, (int, float)) for value in record["seconds"].values())
            and all(isinstance(name, str) for name in record["files"].values())
            and all(isinstance(record.get(key, ""), str) for key in _TEXTS))


def _holds(record: Any, kinds: Mapping[str, type]) -> bool:
    return isinstance(record, dict) and all(isinstance(record.get(key), kind) for key, kind in kinds.items())


def _has_size(path: Path, size: int | None) -> bool:
    """Tell whether a file is there and has a size, if that is known (results of older versions do not say)."""
    try:
        found = path.stat().st_size
    except OSError:
        return False
    return found == size if size is not None else found > 0


def _flushed_sizes(folder: Path) -> dict[str, int]:
    """Return the sizes of the files of a folder once they are on the disk; a full one shows here."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    for path in files:
        flush_file(path)
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in files}
