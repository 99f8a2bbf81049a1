"""What is written is there whole or not at all: on a disk that is full, and when the program is killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

HERE = Path(__file__).resolve().parent
ENVIRONMENT = os.environ | {"PYTHONPATH": os.pathsep.join((str(HERE.parents[1] / "ICACSegmentation"), str(HERE)))}

#: Kills of each writer.
KILLS = int(os.environ.get("ICAC_TEST_KILLS", "10"))


def own_mounts() -> list[str] | None:
    """Return the command that lets another mount disks that only it sees; None where the system forbids it."""
    command = ["unshare", "--mount", *([] if os.getuid() == 0 else ["--map-root-user"])]
    trial = [*command, "sh", "-c", "mount -t tmpfs tmpfs /mnt"]
    return command if shutil.which("unshare") and not subprocess.run(trial, capture_output=True).returncode else None


def run(*command: str) -> dict:
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=ENVIRONMENT)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_a_full_disk_never_leaves_less_than_was_there(tmp_path):
    command = own_mounts() if sys.platform == "linux" else None
    if command is None:
        pytest.skip("this machine does not let tests mount a small disk of their own")
    told = run(*command, sys.executable, str(HERE / "full_disk.py"), str(tmp_path))
    assert not told["wrong"], "\n\n".join(told["wrong"])
    assert told["written"] > 20 and told["refused"] > 20


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_killed_at_any_moment_the_file_is_the_old_or_the_new_one(tmp_path):
    told = run(sys.executable, str(HERE / "killed.py"), str(tmp_path), str(KILLS))
    assert not told["wrong"], "\n\n".join(told["wrong"])
    unrecorded = told["found"].pop("results")  # a stopped run leaves earlier results, or no record
    assert set(unrecorded) <= {"1", "2", "None"}
    assert all(set(found) <= {"1", "2"} for found in told["found"].values()), told["found"]
    assert {version for found in told["found"].values() for version in found} == {"1", "2"}
