from __future__ import annotations

import os
import sys

import pytest
from icac.cohort import Cluster, find_scans, run_cohort
from icac.cohort.run import cluster as cluster_module
from icac.cohort.run import slots
from icac.cohort.run.cluster import connect, slurm_cluster
from icac.cohort.run.slots import Slots
from icac.errors import DeviceError

#: Stands in for Slurm: jobs run at once on this machine. Like Slurm it keeps the script, which Dask deletes.
SBATCH = """#!/bin/sh
cp "$1" {folder}/job-$$.sh
setsid sh {folder}/job-$$.sh > /dev/null 2>&1 &
echo $! >> {folder}/jobs
echo "Submitted batch job $!"
"""
SCANCEL = """#!/bin/sh
for job; do kill -9 -- -$job; done 2> /dev/null
"""


@pytest.fixture
def slurm(tmp_path, monkeypatch):
    for name, text in (("sbatch", SBATCH), ("scancel", SCANCEL)):
        (tmp_path / name).write_text(text.format(folder=tmp_path))
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return tmp_path


def test_processes_that_read_ahead_come_with_those_that_compute(monkeypatch):
    monkeypatch.setattr(cluster_module, "usable_cores", lambda: 64)
    assert [Cluster(workers=n).processes - n for n in (1, 4, 5, 16)] == [1, 1, 2, 4]
    assert Cluster(workers=4, readers=0).processes == 4
    assert Cluster(workers=9, scheduler="slurm").processes == 2  # of each job
    monkeypatch.setattr(cluster_module, "usable_cores", lambda: 4)
    assert [Cluster(workers=n).processes for n in (2, 3, 4)] == [3, 4, 4]  # four of one thread fill the cores
    assert (Cluster(workers=9, scheduler="slurm").slots, Cluster(workers=9, scheduler="tcp://x").slots) == (1, 0)


def test_cohorts_run_as_jobs_of_slurm(slurm, stub, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", ":".join(sys.path))
    for number in range(5):
        stub.write_stub(slurm / "in" / f"{number}.nii.gz", number + 1.0)
    cluster = Cluster(workers=1, scheduler="slurm", memory="1 GB", threads=1, slurm={"interface": "lo"})
    summary = run_cohort(find_scans(slurm / "in"), slurm / "out", stub.StubComputation(str(slurm / "log")),
                         cluster=cluster)
    assert (summary.computed, summary.failed) == (5, 0)
    assert (slurm / "jobs").read_text().strip()


def test_workers_keep_freed_memory_and_nobody_watches_them(tmp_path):
    with connect(Cluster(readers=0), tmp_path, tmp_path) as client:
        client.wait_for_workers(1, timeout=60)
        (kept,) = client.run(os.environ.get, "MALLOC_TRIM_THRESHOLD_").values()
        (watched,) = client.run(_is_watched).values()
    assert int(kept) >= 2**30
    assert not watched


def _is_watched() -> bool:
    import dask

    return bool(dask.config.get("distributed.worker.profile.enabled"))


def test_whoever_has_no_key_reaches_no_scheduler(tmp_path):
    from distributed import Client

    with connect(Cluster(), tmp_path, tmp_path) as client:
        address = client.scheduler.address
        assert address.startswith("tls://127.0.0.1:")
        for way in (address, address.replace("tls:", "tcp:")):
            with pytest.raises((OSError, TypeError)), Client(way, timeout="2s", set_as_default=False):
                pass


def test_jobs_of_slurm_get_the_key_in_files_that_nobody_else_can_read(slurm):
    from distributed import Client

    with slurm_cluster(Cluster(scheduler="slurm", slurm={"interface": "lo"}), slurm, slurm / "logs") as jobs:
        assert f"--tls-key {slurm / 'key.pem'}" in jobs.job_script()
        assert (slurm / "key.pem").stat().st_mode & 0o077 == 0
        with pytest.raises(OSError, match=r"Timed out|refused|closed"), Client(
                jobs.scheduler_address.replace("tls:", "tcp:"), timeout="2s", set_as_default=False):
            pass


def test_options_of_slurm_reach_the_jobs(slurm):
    with slurm_cluster(Cluster(scheduler="slurm", memory="3 GB", threads=6,
                               slurm={"queue": "long", "account": "ct", "walltime": "02:00:00"}),
                       slurm, slurm / "logs") as jobs:
        script = jobs.job_script()
    for line in ("#SBATCH -p long", "#SBATCH -A ct", "#SBATCH --cpus-per-task=7", "#SBATCH --mem=3G",
                 "#SBATCH -t 02:00:00", "export OMP_NUM_THREADS=6", f"#SBATCH -o {slurm / 'logs'}/"):
        assert line in script
    with pytest.raises(DeviceError, match="--slurm"):
        slurm_cluster(Cluster(scheduler="slurm", slurm={"no_such_option": "1"}), slurm, slurm / "logs")


def test_a_scheduler_that_is_not_there_is_said_in_a_sentence(tmp_path):
    with (pytest.raises(DeviceError, match="no Dask scheduler at no://x"),
          connect(Cluster(scheduler="no://x"), tmp_path, tmp_path)):
        pass


def test_processes_on_one_machine_get_gpus_in_turn(monkeypatch):
    slots.visible_gpus.cache_clear()
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,5")
    one = Slots("test-of-gpus", 2)
    seen, held = [], len(slots._HELD)
    for _ in range(3):
        slots._seat.cache_clear()  # as another process
        seen.append((slots.visible_gpus()[one.seat() % 2], one._numbers()))
    one.choose_gpu()
    assert seen == [("3", [0]), ("5", [1]), ("3", [0])]
    while len(slots._HELD) > held:
        slots._HELD.pop().close()
    slots.visible_gpus.cache_clear()
    slots._seat.cache_clear()
