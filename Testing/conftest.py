"""Shared fixtures, and which tests are slow. Real scans are used where ``shared/data`` lies beside the repository."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]

#: How many processes the tests are divided among (``-n`` of pytest-xdist).
PROCESSES = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))

#: No test leaves anything in the user's cache, or finds there what another one left.
os.environ["ICAC_CACHE"] = ""

if PROCESSES > 1:  # each has its share of the processors; read by what is imported later
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // PROCESSES)))

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


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Leave the tests of a file, which share what they need, to one process, and the files in their order."""
    from xdist.scheduler import LoadFileScheduling

    config.option.loadscopereorder = False  # files of few tests are the slow ones: they must not come last
    return LoadFileScheduling(config, log)


def made_once(temporary: pytest.TempPathFactory, name: str, make: Callable[[], Any]) -> Any:
    """Return what ``make`` returns, which only the first of several processes calls."""
    from filelock import FileLock

    root = temporary.getbasetemp().parent if PROCESSES > 1 else temporary.getbasetemp()
    kept = root / f"{name}.pickle"
    with FileLock(root / f"{name}.lock"):
        if not kept.exists():
            kept.write_bytes(pickle.dumps(make()))
        return pickle.loads(kept.read_bytes())


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
def demo_scan(tmp_path_factory):
    """Return the simulated scan of ``icac demo`` with its truth; made once (some 20 s)."""
    from icac.simulate.sets.demo import simulate_demo_scan

    return made_once(tmp_path_factory, "demo_scan", simulate_demo_scan)


@pytest.fixture(scope="session")
def demo_run(tmp_path_factory) -> tuple[subprocess.CompletedProcess, Path]:
    """Return what the main job, ``icac demo -o demo_results``, says, and the folder that it leaves; run once."""
    def run() -> tuple[subprocess.CompletedProcess, Path]:
        folder = tmp_path_factory.mktemp("demo")
        environment = os.environ | {"PYTHONPATH": str(REPOSITORY / "ICACSegmentation")}
        done = subprocess.run([sys.executable, "-m", "icac", "demo", "-o", "demo_results", "--progress", "none"],
                              cwd=folder, env=environment, text=True, capture_output=True, check=False)
        return done, folder / "demo_results"

    return made_once(tmp_path_factory, "demo_run", run)
