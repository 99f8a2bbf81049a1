import json
import os
import socket
import subprocess
import sys
from dataclasses import asdict, replace

import pytest
from icac.errors import OutputError
from icac.worklist.records.lock import LOCK_NAME, Lock, LockedError, LostLockError, read_holder

HOLD = ("import sys; from pathlib import Path; from icac.worklist.records.lock import Lock\n"
        "lock = Lock(Path(sys.argv[1]), 'Bea')\nprint('held', flush=True)\nsys.stdin.read()")


@pytest.fixture
def other(tmp_path):
    """Another program that holds the lock."""
    child = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})
    assert child.stdout.readline() == b"held\n"
    yield child
    child.kill()
    child.wait()


def test_second_annotator_is_told_who_has_it(tmp_path, other):
    with pytest.raises(LockedError, match=r"is open by Bea \(account \S+, computer .*, since 20.*\); close it there"):
        Lock(tmp_path, "Anna")
    assert read_holder(tmp_path / LOCK_NAME).process == other.pid


def test_lock_of_a_killed_program_is_free(tmp_path, other):
    other.kill()
    other.wait()
    assert Lock(tmp_path, "Anna").holder == read_holder(tmp_path / LOCK_NAME)


def test_taken_over_on_request(tmp_path, other):
    Lock(tmp_path, "Anna", take_over=True)
    assert read_holder(tmp_path / LOCK_NAME).annotator == "Anna"


def test_the_one_who_lost_it_saves_nothing_more(tmp_path):
    first, second = Lock(tmp_path, "Anna"), Lock(tmp_path, "Bea")
    with pytest.raises(LostLockError, match="taken over by Bea"):
        first.check()
    first.release()
    second.check()
    second.release()
    assert not (tmp_path / LOCK_NAME).exists()


def test_another_computer_is_believed(tmp_path):
    holder = replace(Lock(tmp_path, "Bea").holder, host=socket.gethostname() + "-2", process=2**22 + 1)
    (tmp_path / LOCK_NAME).write_text(json.dumps(asdict(holder)))
    with pytest.raises(LockedError, match="Bea"):
        Lock(tmp_path, "Anna")


def test_lock_file_cut_short_or_removed(tmp_path):
    (tmp_path / LOCK_NAME).touch()
    lock = Lock(tmp_path, "Anna")
    (tmp_path / LOCK_NAME).unlink()
    lock.check()
    assert read_holder(tmp_path / LOCK_NAME) == lock.holder


def test_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be kept in"):
        Lock(tmp_path / "file" / "list", "Anna")
