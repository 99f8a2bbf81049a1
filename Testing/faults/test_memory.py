"""Little memory (RLIMIT_AS, as `ulimit -v` sets it): a result by smaller parts, or one sentence, never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from icac.ct.write import write_volume

LIBRARY = Path(__file__).resolve().parents[2] / "ICACSegmentation"

#: Address space in GiB, and whether a result must come of it.
LIMITS = ((0.5, False), (0.7, False), (1.0, True), (4.0, True))

#: Exit code of errors of the device and its memory.
NO_MEMORY = 6

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the memory of a "
                                                                                  "process")]


@pytest.fixture(scope="module")
def scan(demo_scan, tmp_path_factory) -> Path:
    return write_volume(demo_scan.ct, tmp_path_factory.mktemp("memory") / "scan.nii")


@pytest.mark.parametrize(("gib", "must"), LIMITS)
def test_little_memory(gib, must, scan, tmp_path):
    import resource

    limit = int(gib * 2**30)
    out = tmp_path / "out"
    done = subprocess.run(
        [sys.executable, "-m", "icac", "segment", str(scan), "-o", str(out), "--progress", "none"],
        env=os.environ | {"PYTHONPATH": str(LIBRARY), "OMP_NUM_THREADS": "1"}, capture_output=True, text=True,
        check=False, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
    if done.returncode == 0:
        assert (out / "report.json").is_file() and (out / "icac.nii.gz").is_file()
        return
    assert not must, done.stderr
    assert done.returncode == NO_MEMORY, done.stderr
    assert done.stderr.startswith("icac: ") and done.stderr.count("\n") == 1
    assert not out.exists()
