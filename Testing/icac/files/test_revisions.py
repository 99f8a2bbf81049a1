import os
import subprocess
import sys
import time

import pytest
from icac.errors import InputError, OutputError
from icac.files.revisions import RevisedFile


def test_what_was_saved_last_is_read(tmp_path):
    path = tmp_path / "deep" / "x.json"
    assert RevisedFile(path).load() is None
    RevisedFile(path).save({"a": 1})
    RevisedFile(path).save({"a": "ä"})
    loaded = RevisedFile(path).load()
    assert (loaded.content, loaded.revision, loaded.note) == ({"a": "ä"}, 2, "")


@pytest.fixture
def twice(tmp_path):
    """A file that was saved twice."""
    path = tmp_path / "x.json"
    file = RevisedFile(path)
    file.save({"number": 1})
    file.save({"number": 2})
    return path


def test_a_file_cut_at_any_length_falls_back(twice):
    whole = twice.read_bytes()
    for length in range(0, len(whole), 7):
        twice.write_bytes(whole[:length])
        loaded = RevisedFile(twice).load()
        assert loaded.content == {"number": 1}
        assert "damaged" in loaded.note
        assert twice.with_name("x.json.damaged").read_bytes() == whole[:length]


def test_a_changed_value_is_found_out(twice):
    twice.write_text(twice.read_text().replace('"number": 2', '"number": 7'))
    assert RevisedFile(twice).load().content == {"number": 1}


def test_saving_goes_on_after_damage_and_keeps_the_good_state(twice):
    twice.write_text("")
    file = RevisedFile(twice)
    file.load()
    file.save({"number": 3})
    assert RevisedFile(twice).load().content == {"number": 3}
    twice.write_text("")
    assert RevisedFile(twice).load().content == {"number": 1}


@pytest.mark.parametrize("renames", [0, 1])
def test_a_crash_between_the_steps_of_a_save(twice, renames, monkeypatch):
    """The file is written whole; the machine stops before its first or second rename."""
    done = []

    def replace(source, target):
        if len(done) == renames:
            raise KeyboardInterrupt
        done.append(source)
        os.rename(source, target)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("icac.files.revisions.os.replace", replace)
        RevisedFile(twice).save({"number": 3})
    assert RevisedFile(twice).load().content == {"number": 3}
    assert RevisedFile(twice).load().content == {"number": 3}


def test_a_killed_program_leaves_a_whole_file(tmp_path):
    code = ("import sys; from pathlib import Path; from icac.files.revisions import RevisedFile\n"
            "file = RevisedFile(Path(sys.argv[1]))\n"
            "for n in range(10**9):\n    file.save({'n': n, 'long': 'x' * 20000})\n    print(n, flush=True)")
    path = tmp_path / "x.json"
    for wait in (0.0, 0.037):
        child = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE,
                                 env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})
        child.stdout.readline()
        time.sleep(wait)
        child.kill()
        acknowledged = int((child.stdout.read().split() or [b"0"])[-1])
        child.wait()
        assert RevisedFile(path).load().content["n"] in (acknowledged, acknowledged + 1)


def test_nothing_whole_is_left(twice):
    for path in (twice, twice.with_name("x.json.previous")):
        path.write_text("{")
    with pytest.raises(InputError, match="so is the copy beside it"):
        RevisedFile(twice).load()


def test_first_save_cut_short_is_no_damage(tmp_path):
    (tmp_path / "x.json.part").write_text('{"revision": 1, "con')
    assert RevisedFile(tmp_path / "x.json").load() is None


def test_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        RevisedFile(tmp_path / "file" / "x.json").save({})
