"""Two readers of one list: each has records of his own, is blind to the other, and can write while the other does."""

import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from icac.ct.masks import read_mask
from icac.errors import InputError
from icac.files import RevisedFile
from icac.geometry import Volume
from icac.worklist import CaseStatus, LockedError, export_manifest, open_worklist
from icac.worklist.adjudication import read_readings, shared
from icac.worklist.reader import list_readers
from icac.worklist.records.design import change_design, read_design
from icac.worklist.records.lock import Lock

ENVIRONMENT = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}


def read(cases, reader, frame, **voxels):
    """Read cases to the end: a mask of some voxels for each."""
    with open_worklist(cases, reader) as worklist:
        for name, places in voxels.items():
            worklist.go(name)
            mask = np.zeros(frame.shape, bool)
            for place in places:
                mask[place] = True
            worklist.save_mask(Volume(mask, frame))
            worklist.set_status(CaseStatus.DONE)


def test_each_reader_has_mask_status_and_time_of_his_own(cases, frame):
    read(cases, "Anna", frame, a=[(1, 2, 3)])
    with open_worklist(cases, "Bea") as worklist:
        assert worklist.state("a").status is CaseStatus.NEW
        assert worklist.mask_path("a") is None and worklist.review("a") is None
        assert worklist.state("a").seconds == {}
    read(cases, "Bea", frame, a=[(4, 5, 6)])
    readers = list_readers(cases / "icac_worklist", ["a"])
    assert [reader.name for reader in readers] == ["Anna", "Bea"]
    found = [np.argwhere(read_mask(reader.mask_path("a")).array).tolist() for reader in readers]
    assert found == [[[1, 2, 3]], [[4, 5, 6]]]


def test_nothing_of_another_reader_is_opened(cases, frame, monkeypatch):
    read(cases, "Anna", frame, a=[(1, 2, 3)], b=[])
    shutil.rmtree(cases / "icac_worklist/readers/bea", ignore_errors=True)
    opened = []
    load = RevisedFile.load
    monkeypatch.setattr(RevisedFile, "load", lambda self: opened.append(self.path) or load(self))
    with open_worklist(cases, "Bea") as worklist:
        worklist.go("a")
        worklist.next_unfinished()
        worklist.set_comment("x")
    assert opened and not [path for path in opened if "anna" in path.parts]


def test_enough_readers(cases, frame):
    read(cases, "Anna", frame, a=[], c=[])
    change_design(cases / "icac_worklist", reads=1)
    with open_worklist(cases, "Bea") as worklist:
        worklist.go("e")
        assert worklist.next_unfinished().name == "b"
        assert worklist.next_unfinished().name == "d"
        worklist.go("c")
        worklist.set_comment("begun all the same")
        worklist.go("b")
        assert worklist.next_unfinished().name == "c"


WORK = """
import sys
from icac.worklist import open_worklist
with open_worklist(sys.argv[1], sys.argv[2]) as worklist:
    print("open", flush=True)
    sys.stdin.readline()
    for number in range(20):
        worklist.go("ab"[number % 2])
        worklist.set_comment(f"{sys.argv[2]} {number}")
        worklist.next_unfinished()
"""


def test_two_processes_at_once(cases):
    """Both write all the time, and look at the other's records, as how many read a case is wanted."""
    change_design(cases / "icac_worklist", reads=2)
    children = [subprocess.Popen([sys.executable, "-c", WORK, str(cases), name], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT)
                for name in ("Anna", "Bea")]
    for child in children:
        assert child.stdout.readline() == b"open\n"
    with pytest.raises(LockedError, match="is open by Anna"):
        open_worklist(cases, "anna")
    for child in children:
        child.stdin.write(b"\n")
        child.stdin.flush()
    errors = [child.communicate(timeout=590)[1] for child in children]
    assert errors == [b"", b""]
    for reader in list_readers(cases / "icac_worklist", ["a", "b"]):
        assert [reader.state(case).comment for case in "ab"] == [f"{reader.name} 18", f"{reader.name} 19"]
        whos = {change.who for case in "ab" for change in reader.state(case).changes}
        assert whos == {reader.name}
        assert len(reader.state("a").changes) == 10
    assert not list((cases / "icac_worklist/readers").rglob("open.lock"))


def test_design_changed_by_two_at_once(tmp_path):
    code = ("import sys; from pathlib import Path; from icac.worklist.records.design import change_design\n"
            "for number in range(8):\n    change_design(Path(sys.argv[1]), **{sys.argv[2]: eval(sys.argv[3])})\n")
    children = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), *words], env=ENVIRONMENT)
                for words in (("blind_to_model", "True"), ("reads", "2"))]
    assert [child.wait(timeout=590) for child in children] == [0, 0]
    design = read_design(tmp_path)
    assert design.blind_to_model and design.reads == 2


def test_blind_until_done_then_fixed(cases, frame):
    change_design(cases / "icac_worklist", blind_to_model=True)
    with open_worklist(cases, "Anna") as worklist:
        assert worklist.is_blind()
        with pytest.raises(InputError, match="finish it first"):
            worklist.reveal()
        worklist.save_mask(Volume(np.ones(frame.shape, bool), frame))
        worklist.set_status(CaseStatus.DONE)
        assert worklist.is_blind(), "until it is asked for"
        worklist.save_mask(Volume(np.zeros(frame.shape, bool), frame))
        worklist.reveal()
        assert not worklist.is_blind() and worklist.state().blind
        for change in (lambda: worklist.save_mask(Volume(np.ones(frame.shape, bool), frame)),
                       lambda: worklist.save_review({}), lambda: worklist.set_field("thickness", "thin")):
            with pytest.raises(InputError, match="stays as it was"):
                change()
        worklist.set_comment("still possible")
        worklist.set_status(CaseStatus.FLAGGED)
        assert not read_mask(worklist.mask_path()).array.any()
        assert [change.what for change in worklist.state().changes][-3:] == ["revealed", "comment", "status"]
    with open_worklist(cases, "Anna") as worklist:
        assert worklist.is_frozen("a") and worklist.is_blind("b")


def test_fields_are_kept_with_the_reader(cases):
    path = cases / "list.csv"
    path.write_text("case,image,quality:good|poor,stenosis:number 0..100\nx,a_ct.nii.gz,good,\n")
    with open_worklist(path, "Anna") as worklist:
        worklist.set_design(fields=worklist.design.fields)
        assert worklist.values() == {"quality": "good"} and worklist.state().fields == {}
        worklist.set_field("Circularity", "half_arc")
        worklist.set_field("stenosis", "30")
        with pytest.raises(InputError, match="lies between 0 and 100"):
            worklist.set_field("stenosis", "300")
        with pytest.raises(InputError, match="no field 'colour'"):
            worklist.set_field("colour", "red")
        worklist.set_status(CaseStatus.DONE)
        assert worklist.state().fields == {"circularity": "half_arc", "quality": "good", "stenosis": "30"}
    with open_worklist(path, "Anna") as worklist:
        worklist.set_field("quality", "")
        assert worklist.values() == {"circularity": "half_arc", "stenosis": "30"}
    with open_worklist(path, "Bea") as worklist:
        assert worklist.values() == {"quality": "good"}


def test_visual_scores_under_their_former_names(cases, tmp_path):
    """A list that was read while the grades had other names: they are told as they are called now."""
    with open_worklist(cases, "Anna") as worklist:
        worklist.set_field("thickness", "thick")
    file = RevisedFile(cases / "icac_worklist/readers/anna/cases/a/state.json")
    record = file.load().content
    file.save(record | {"fields": {"thickness": ">=1.5", "circularity": "270-360", "woodcock_left": "2"}})
    with open_worklist(cases, "Anna") as worklist:
        assert worklist.values() == {"circularity": "ring", "thickness": "thick", "woodcock_left": "2"}
        worklist.set_status(CaseStatus.DONE)
        assert worklist.state().fields == worklist.values()


def test_adjudication_starts_from_both_and_is_kept_apart(cases, frame):
    read(cases, "Anna", frame, a=[(1, 2, 3), (1, 2, 4)], b=[(0, 0, 0)])
    with pytest.raises(InputError, match="read to the end by Anna; two readers are needed"):
        open_worklist(cases, "Carl", adjudicate=True)
    read(cases, "Bea", frame, a=[(1, 2, 4), (7, 1, 1)])
    with open_worklist(cases, "Bea", adjudicate=True) as worklist:
        assert [case.name for case in worklist.cases] == ["a"]
        assert "b: it was read to the end by Anna" in worklist.notes[-1]
        masks = read_readings(worklist.readings(), frame)
        both, only = shared(masks)
        assert np.argwhere(both).tolist() == [[1, 2, 4]]
        assert {name: np.argwhere(mask).tolist() for name, mask in only.items()} == {
            "Anna": [[1, 2, 3]], "Bea": [[7, 1, 1]]}
        worklist.save_mask(Volume(masks["Anna"], frame))
        worklist.set_status(CaseStatus.DONE)
        assert worklist.folder / "adjudicated/cases/a" == worklist.case_folder()
        assert worklist.state().annotator == "Bea"
    with open_worklist(cases, "Bea") as worklist:
        with pytest.raises(InputError, match="stays as it was"):
            worklist.save_mask(Volume(masks["Anna"], frame))
        assert np.argwhere(read_mask(worklist.mask_path("a")).array).tolist() == [[1, 2, 4], [7, 1, 1]]
    read(cases, "Anna", frame, a=[])                                 # the third reading keeps what it started from
    with open_worklist(cases, "Carl", adjudicate=True) as worklist:
        assert read_readings(worklist.readings(), frame)["Anna"].sum() == 2
        assert [change.who for change in worklist.state().changes] == ["Bea", "Bea"]


def test_who_has_not_finished_a_case_does_not_see_the_others(cases, frame):
    for reader in ("Anna", "Bea"):
        read(cases, reader, frame, a=[(1, 2, 3)], b=[(1, 2, 3)])
    with open_worklist(cases, "Carl") as worklist:
        worklist.set_comment("begun")
    with open_worklist(cases, "Carl", adjudicate=True) as worklist:
        assert [case.name for case in worklist.cases] == ["b"]
        assert "a: Carl has not finished reading it" in worklist.notes[-1]


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_list_of_before_goes_to_who_worked_on_it(cases, frame, tmp_path):
    """Made as the software wrote it before each reader had records of his own: every byte is still there."""
    old = cases / "icac_worklist"
    read(cases, "Anna", frame, a=[(1, 2, 3)], b=[(1, 2, 4)])
    read(cases, "Bea", frame, c=[(1, 2, 5)])
    for reader in ("anna", "bea"):
        shutil.copytree(old / "readers" / reader / "cases", old / "cases", dirs_exist_ok=True)
    shutil.rmtree(old / "readers")
    RevisedFile(old / "worklist.json").save({"format": 1, "source": "", "current": "b"})
    before = contents(old / "cases")
    with open_worklist(cases, "Anna") as worklist:
        assert "Anna (2), Bea (1)" in worklist.notes[-1]
        assert worklist.current.name == "b" and worklist.state().status is CaseStatus.DONE
        assert worklist.state("c").status is CaseStatus.NEW
    assert contents(old / "readers/anna/cases") | contents(old / "readers/bea/cases") == before
    assert not (old / "cases").exists()
    with open_worklist(cases, "Bea") as worklist:
        assert worklist.notes == () and worklist.state("c").status is CaseStatus.DONE


def test_a_list_of_before_that_is_open_elsewhere(cases, frame):
    old = cases / "icac_worklist"
    (old / "cases/a").mkdir(parents=True)
    RevisedFile(old / "cases/a/state.json").save({"annotator": "Anna", "seconds": {}})
    code = ("import sys; from pathlib import Path; from icac.worklist.records.lock import Lock\n"
            "lock = Lock(Path(sys.argv[1]), 'Anna')\nprint(flush=True)\nsys.stdin.read()")
    child = subprocess.Popen([sys.executable, "-c", code, str(old)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             env=ENVIRONMENT)
    child.stdout.readline()
    try:
        with pytest.raises(LockedError, match="in an older version"):
            open_worklist(cases, "Anna")
        assert (old / "cases/a/state.json").is_file()
    finally:
        child.kill()
        child.wait()


def test_the_manifest_takes_what_was_adjudicated(cases, frame, tmp_path):
    read(cases, "Anna", frame, a=[(1, 2, 3)], b=[(1, 2, 4)], c=[(1, 2, 5)])
    read(cases, "Bea", frame, a=[(1, 2, 4)], b=[(1, 2, 4)])
    with open_worklist(cases, "Carl", adjudicate=True) as worklist:
        worklist.save_mask(Volume(np.ones(frame.shape, bool), frame))
        worklist.set_status(CaseStatus.DONE)
    with open_worklist(cases, "Anna") as worklist:
        exported = export_manifest(worklist, tmp_path / "train.csv")
    assert exported.cases == ("a", "c")
    assert exported.left_out["b"] == "it was read by Anna and Bea and is not adjudicated"
    assert (tmp_path / "train.csv").read_text().count("Carl") == 1


def test_the_writer_loses_nothing_when_the_lock_is_taken_over(cases):
    first = open_worklist(cases, "Anna")
    first.set_comment("mine")
    lock = Lock(cases / "icac_worklist/readers/anna", "Anna", take_over=True)
    with pytest.raises(Exception, match="taken over by Anna"):
        first.set_comment("late")
    lock.release()
    with open_worklist(cases, "Anna") as worklist:
        assert worklist.state().comment == "mine"
