from __future__ import annotations

import math
import os
import subprocess
import sys

import pytest
from icac.simulate.sets.parallel import run_jobs


def test_results_of_all_jobs_come_back_from_several_processes():
    assert sorted(run_jobs(math.factorial, range(20), 2)) == sorted(math.factorial(n) for n in range(20))


def test_workers_have_one_thread_and_the_parent_keeps_its_environment():
    before = os.environ.get("OMP_NUM_THREADS")
    assert list(run_jobs(os.getenv, ["OMP_NUM_THREADS"], 2)) == ["1"]
    assert os.environ.get("OMP_NUM_THREADS") == before


def test_jobs_are_taken_one_by_one():
    results = run_jobs(math.sqrt, iter(lambda: 4.0, None), 1)  # jobs without end
    assert [next(results), next(results)] == [2.0, 2.0]


def test_the_error_of_a_job_ends_the_run():
    with pytest.raises(ValueError, match=r"domain|negative|nonneg"):
        list(run_jobs(math.sqrt, [1.0, -1.0, 4.0], 2))


#: Two of the jobs run, in two processes; the third waits.
RUN = """
import time
from icac.simulate.sets.parallel import run_jobs

def job(number):
    print("begun", flush=True)
    try:
        time.sleep(300)
    finally:
        print("cleaned up", flush=True)

if __name__ == "__main__":
    list(run_jobs(job, range(3), 2))
"""


@pytest.mark.parametrize("end", ["terminate", "kill"])
def test_the_workers_end_with_the_process_that_started_them(tmp_path, end):
    (tmp_path / "run.py").write_text(RUN, encoding="utf-8")
    run = subprocess.Popen([sys.executable, tmp_path / "run.py"], stdout=subprocess.PIPE, text=True,
                           env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    assert [run.stdout.readline() for _ in range(2)] == ["begun\n"] * 2
    getattr(run, end)()
    rest, _ = run.communicate(timeout=60)  # the end of the output is the end of all processes that share it
    if os.name == "posix":
        assert rest.count("cleaned up") == 2
