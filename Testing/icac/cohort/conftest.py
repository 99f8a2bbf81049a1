"""Cohorts of stub scans; see stub_computation.py."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest
from icac.cohort.run.computation import identity_sha256, result_key
from icac.cohort.scans.discover import find_scans
from icac.cohort.scans.fingerprint import list_files
from icac.cohort.store.folder import Store

pytest.importorskip("distributed", reason="Dask is not installed (pip install 'icac[cohort]')")
pytest.importorskip("pyarrow", reason="pyarrow is not installed (pip install 'icac[cohort]')")


@pytest.fixture(scope="session")
def stub():
    """Return the module of the stub computation, which worker processes must be able to import, too."""
    folder = str(Path(__file__).parent)
    sys.path.insert(0, folder)
    yield importlib.import_module("stub_computation")
    sys.path.remove(folder)


@pytest.fixture
def make_cohort(tmp_path, stub):
    """Return a function that writes the results of a cohort through the store, without workers.

    It takes rows by subject, reasons of failure by subject, and pictures (role to bytes) by subject.
    """
    def make(rows: dict, failures: dict | None = None, pictures: dict | None = None, name: str = "out") -> Path:
        failures, pictures = failures or {}, pictures or {}
        for subject in (*rows, *failures):
            stub.write_stub(tmp_path / "in" / f"{subject}.nii.gz", seconds=0, subject=subject)
        computation = stub.StubComputation("")
        identity = identity_sha256(computation)
        store = Store(tmp_path / name).begin_run()
        scans = find_scans(tmp_path / "in")
        store.save_cohort(scans, dict(computation.identity()), identity)
        for scan in scans:
            listing = list_files(scan.path)
            origin = {"fingerprint": listing.fingerprint, "identity_sha256": identity}
            if scan.subject in failures:
                store.record_failure(scan, origin | {"kind": "input", "reason": failures[scan.subject]})
                continue
            folder, files = store.new_folder(scan), {}
            for role, content in pictures.get(scan.subject, {}).items():
                files[role] = f"{scan.name}_{role}.jpg"
                (folder / files[role]).write_bytes(content)
            content = listing.content_sha256()
            store.commit(folder, scan, origin | {
                "name": scan.name, "key": result_key(identity, content, ""), "content_sha256": content,
                "source": scan.to_dict(), "created": "2026-01-01T00:00:00+00:00", "icac": "0", "host": "here",
                "output_bytes": 7, "files": files, "seconds": {"read": 0.5}, "row": rows[scan.subject],
                "lesions": [{"id": 1, "volume_mm3": rows[scan.subject]["volume_mm3"]}]})
        store.end_run()
        return store.root

    return make
