from __future__ import annotations

import math
import os

import pytest
from icac.simulate.parallel import run_jobs


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
