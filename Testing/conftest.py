"""Shared fixtures, and which tests are slow. Real scans are used where ``shared/data`` lies beside the repository."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]

#: Fixtures that start the application of the panel, simulate or segment a whole head, train, read a real scan, or open
#: a browser. A test that asks for one of them is slow.
SLOW_FIXTURES = frozenset({"application", "demo_scan", "demo_run", "shared_data", "trained", "uninterrupted",
                           "whole_run", "open_page"})

#: Folders and files below this one with tests that do the like themselves.
SLOW_PLACES = (
    "icac/attribution/test_command.py", "icac/cli/test_demo.py", "icac/cohort/run", "icac/course/test_fit.py",
    "icac/network/test_kinds.py", "icac/phantom/artery/test_siphon_shape.py",
    "icac/phantom/description/test_side_bones.py", "icac/phantom/skull", "icac/phantom/test_head.py", "icac/realism",
    "icac/reference", "icac/registration", "icac/simulate/implant", "icac/simulate/patient", "icac/simulate/sets",
    "icac/simulate/test_case_scan.py", "icac/simulate/truth", "icac/study", "icac/training/calibration",
    "icac/training/engine", "icac/training/test_every_kind.py", "icac/training/test_train.py",
)


@pytest.hookimpl(tryfirst=True)  # before pytest leaves out what -m does not want
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark slow tests, but for those that are marked as quick."""
    for item in items:
        if item.get_closest_marker("quick"):
            continue
        place = item.path.relative_to(REPOSITORY / "Testing").as_posix()
        if SLOW_FIXTURES & set(item.fixturenames) or place.startswith(SLOW_PLACES):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_data() -> Path:
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("real scans are not at hand: no folder shared/data beside the repository")
    return folder


@pytest.fixture(scope="session")
def demo_scan():
    """Return the simulated scan of ``icac demo`` with its truth; made once (some 20 s)."""
    from icac.simulate.sets.demo import simulate_demo_scan

    return simulate_demo_scan()


@pytest.fixture(scope="session")
def demo_run(tmp_path_factory) -> tuple[subprocess.CompletedProcess, Path]:
    """Return what the main job, ``icac demo -o demo_results``, says, and the folder that it leaves; run once."""
    folder = tmp_path_factory.mktemp("demo")
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY / "ICACSegmentation")}
    done = subprocess.run([sys.executable, "-m", "icac", "demo", "-o", "demo_results", "--progress", "none"],
                          cwd=folder, env=environment, text=True, capture_output=True, check=False)
    return done, folder / "demo_results"
