"""Runs are killed (SIGKILL) at random moments and started again; in the end all is as if nothing had happened."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import icac
import psutil
import pytest
from icac.cohort.store.folder import HIDDEN, RECORD, Store

STUB = Path(__file__).with_name("stub_computation.py")
#: Scans of a cohort. Each takes half a second, so that two workers are busy for about as long as a run takes to begin.
SCANS = 14
KILLS = int(os.environ.get("ICAC_TEST_KILLS", "6"))

#: What is killed, in turn, and in which of as many parts of a run: each of them once early and once late.
KINDS = ("scheduler", "worker", "all")
ORDER = (4, 1, 3, 0, 5, 2)

#: Processes of these tests find the package where this one does, and the stub.
ENVIRONMENT = os.environ | {"PYTHONPATH": os.pathsep.join((str(Path(icac.__file__).parents[1]), str(STUB.parent)))}

#: Seconds after which a run is taken to hang.
PATIENCE = 1500

#: What a record says of when and where it was made.
CIRCUMSTANCES = ("created", "seconds", "host")

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")


def start(source: Path, out: Path, *scheduler: str) -> subprocess.Popen:
    with open(f"{out}.out", "ab") as stream:
        return subprocess.Popen([sys.executable, str(STUB), str(source), str(out), "2", *scheduler], stdout=stream,
                                stderr=stream, start_new_session=True, env=ENVIRONMENT)


def contents(out: Path) -> dict[str, object]:
    """Return all of a cohort's folder but the bookkeeping; of records only what does not depend on circumstances."""
    found = {}
    for path in sorted(out.rglob("*")):
        name = str(path.relative_to(out))
        if path.is_file() and not name.startswith(HIDDEN):
            found[name] = path.read_bytes()
            if path.name == RECORD:
                record = json.loads(found[name])
                found[name] = {key: value for key, value in record.items() if key not in CIRCUMSTANCES}
    return found


def finished(out: Path) -> dict[str, tuple[int, int]]:
    """Return the folders of finished scans, by name of the scan, and what would change if they were made again."""
    return {json.loads(path.read_text())["name"]: (path.stat().st_ino, path.stat().st_mtime_ns)
            for path in out.glob(f"sub-*/ct/{RECORD}")}


def begun(out: Path) -> Counter:
    path = Path(f"{out}.log")
    lines = path.read_text().split("\n") if path.exists() else []
    return Counter(line.split()[1] for line in lines if line.startswith("begin "))


def check_whole(out: Path) -> None:
    """Check that whatever is outside of the bookkeeping is a whole result."""
    for folder in out.glob("sub-*/ct"):
        record = json.loads((folder / RECORD).read_text())
        assert {path.name for path in folder.iterdir()} == {RECORD, *record["files"].values()}
        for name in record["files"].values():
            assert (folder / name).read_text().count("\n") == 200


@pytest.fixture(scope="module")
def source(tmp_path_factory, stub):
    folder = tmp_path_factory.mktemp("kill") / "in"
    for number in range(SCANS):
        stub.write_stub(folder / f"s{number:02d}.nii.gz", number + 1.0, seconds=0.25)
    (folder / "damaged.nii.gz").write_text("no text of ours")
    return folder


@pytest.fixture(scope="module")
def whole_run(source) -> tuple[dict[str, object], float]:
    """Return what an undisturbed run makes, and how long it takes."""
    out, began = source.parent / "undisturbed", time.monotonic()
    assert start(source, out).wait(PATIENCE) == 0
    return contents(out), time.monotonic() - began


@pytest.fixture
def undisturbed(whole_run) -> dict[str, object]:
    return whole_run[0]


def workers_of(run: subprocess.Popen) -> list[psutil.Process]:
    try:
        children = psutil.Process(run.pid).children(recursive=True)
        return [child for child in children if "spawn_main" in " ".join(child.cmdline())]
    except psutil.NoSuchProcess:
        return []


def kill(what: str, run: subprocess.Popen, rng: random.Random) -> str:
    """Kill the whole run, its main process (with the scheduler), or a worker (all, if there is none yet); say which."""
    workers = workers_of(run)
    what = "all" if what == "worker" and not workers else what
    if what == "worker":
        with suppress(psutil.NoSuchProcess):
            rng.choice(workers).kill()
    elif what == "scheduler":
        run.kill()
    else:
        os.killpg(run.pid, signal.SIGKILL)
    return what


def wait(run: subprocess.Popen, seconds: float) -> bool:
    """Wait for a run; tell whether it is still there."""
    until = time.monotonic() + seconds
    while run.poll() is None and time.monotonic() < until:
        time.sleep(0.02)
    return run.poll() is None


def moment(number: int, rng: random.Random) -> float:
    """Return the share of a run after which it meets a kill: at random, but each in a part of its own."""
    part = ORDER[number % len(ORDER)]
    return 0.2 + 0.7 * (part + rng.random()) / len(ORDER)


def disturbed_run(source: Path, out: Path, seconds: float, rng: random.Random, kills: Counter) -> bool:
    """Run once, kill something at a random moment, and check what is left; tell whether the cohort is finished."""
    before, begun_before, number = finished(out), begun(out), sum(kills.values())
    run = start(source, out)
    if wait(run, moment(number, rng) * seconds):
        what = kill(KINDS[number % len(KINDS)], run, rng)
        kills[what] += 1
        if what == "worker":  # the run goes on with those that are left, and is killed as a whole some time later
            wait(run, rng.uniform(0.0, 0.5) * seconds)
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
    ended_well = run.wait(PATIENCE) == 0
    check_whole(out)
    after, begun_after = finished(out), begun(out)
    assert before.items() <= after.items(), "a finished scan was lost or made again"
    assert not [name for name in before if begun_after[name] != begun_before[name]]
    return ended_well


def test_killed_at_random_moments_nothing_is_lost_repeated_or_half_written(source, whole_run):
    (undisturbed, seconds), rng, kills, cohorts = whole_run, random.Random(20), Counter(), 0
    while sum(kills.values()) < KILLS:
        cohorts += 1
        out = source.parent / f"killed{cohorts}"
        while sum(kills.values()) < KILLS and not disturbed_run(source, out, seconds, rng, kills):
            pass
        assert start(source, out).wait(PATIENCE) == 0
        assert contents(out) == undisturbed
        assert not list((out / HIDDEN / "runs").iterdir())
        assert not list(out.rglob("*.partial"))
    print(f"{cohorts} cohorts of {SCANS} scans, kills: {dict(kills)}")


def test_a_scheduler_and_workers_of_others_may_be_killed_too(source, undisturbed):
    out = source.parent / "others"

    def dask(*arguments: str) -> subprocess.Popen:
        return subprocess.Popen([sys.executable, "-m", "distributed.cli.dask_scheduler" if arguments[0] == "scheduler"
                                 else "distributed.cli.dask_worker", *arguments[1:]], env=ENVIRONMENT,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)

    def cluster() -> tuple[str, list[subprocess.Popen]]:
        scheduler = dask("scheduler", "--port", "0", "--host", "127.0.0.1", "--no-dashboard")
        text = ""
        while not (found := re.search(r"tcp://127\.0\.0\.1:\d+", text)):
            text = scheduler.stderr.readline().decode()
        return found[0], [scheduler, dask("worker", found[0], "--nworkers", "2", "--nthreads", "1", "--no-dashboard")]

    address, processes = cluster()
    run = start(source, out, address)
    while not finished(out) and run.poll() is None:
        time.sleep(0.2)
    os.killpg(processes[0].pid, signal.SIGKILL)
    assert run.wait(PATIENCE) != 0
    os.killpg(processes[1].pid, signal.SIGKILL)
    assert "start the same command again" in Path(f"{out}.out").read_text()
    check_whole(out)
    before = finished(out)
    address, processes = cluster()
    assert start(source, out, address).wait(PATIENCE) == 0
    for process in processes:
        os.killpg(process.pid, signal.SIGKILL)
    assert before.items() <= finished(out).items()
    assert contents(out) == undisturbed
    assert Store(out).load_cohort()
