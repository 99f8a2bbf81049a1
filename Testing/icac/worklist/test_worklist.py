import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from icac.ct.masks import read_mask
from icac.errors import InputError
from icac.geometry import Volume
from icac.worklist import CaseStatus, LockedError, LostLockError, find_cases, open_worklist
from icac.worklist.records.case import FoundCases
from icac.worklist.records.clock import ActivityClock
from icac.worklist.records.folder import WorklistFolder, safe_name
from icac.worklist.records.lock import Lock
from icac.worklist.worklist import Worklist, checked_name


def make_mask(frame, *voxels):
    mask = np.zeros(frame.shape, bool)
    for voxel in voxels:
        mask[voxel] = True
    return Volume(mask, frame)


def test_going_through_the_cases(cases):
    with open_worklist(cases, " Anna ") as worklist:
        assert worklist.annotator == "Anna"
        assert [case.name for case in worklist.cases] == list("abcde")
        assert worklist.current.name == "a"
        assert worklist.previous() is None
        assert worklist.next().name == "b"
        worklist.set_status(CaseStatus.DONE)
        worklist.go("d")
        worklist.set_status(CaseStatus.EXCLUDED)
        worklist.go("e")
        assert worklist.next() is None
        assert worklist.next_unfinished().name == "a"
        assert worklist.next_unfinished().name == "c"
        assert worklist.counts() == {CaseStatus.NEW: 3, CaseStatus.STARTED: 0, CaseStatus.DONE: 1,
                                     CaseStatus.FLAGGED: 0, CaseStatus.EXCLUDED: 1}
        with pytest.raises(InputError, match="no case 'z'"):
            worklist.go("z")


def test_everything_is_there_when_opened_again(cases, frame):
    with open_worklist(cases, "Anna") as worklist:
        worklist.go("c")
        worklist.set_comment("siphon, beside the clinoid\nund 'Ü'")
        worklist.set_lesion("L-C6-2")
        worklist.save_mask(make_mask(frame, (1, 2, 3)))
        worklist.set_status(CaseStatus.FLAGGED)
    with open_worklist(cases, "anna") as worklist:
        state = worklist.state()
        assert worklist.current.name == "c"
        assert (state.status, state.lesion, state.annotator) == (CaseStatus.FLAGGED, "L-C6-2", "Anna")
        assert state.comment == "siphon, beside the clinoid\nund 'Ü'"
        assert [(change.who, change.what) for change in state.changes] == [
            ("Anna", "comment"), ("Anna", "mask"), ("Anna", "status")]
        mask = read_mask(worklist.mask_path())
        assert np.argwhere(mask.array).tolist() == [[1, 2, 3]]
        assert mask.frame.matches(frame)
        worklist.set_comment("")
        assert worklist.state().changes[-1].who == worklist.state().annotator == "Anna"
    assert find_cases(cases).cases[2].roi.name == "c_roi.nii.gz"    # the worklist's own files are no cases


WORK = """
import os, signal, sys
from icac.worklist import open_worklist
worklist = open_worklist(sys.argv[1], "Anna")
worklist.go("b")
for number in range(40):
    worklist.set_comment(f"comment {number}")
    worklist.set_lesion(f"lesion {number}")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_resumes_at_the_lesion_after_a_crash(cases):
    child = subprocess.run([sys.executable, "-c", WORK, str(cases)],
                           env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}, check=False)
    assert child.returncode == -signal.SIGKILL
    with open_worklist(cases, "Anna") as worklist:
        assert worklist.notes == ()
        assert (worklist.current.name, worklist.state().lesion) == ("b", "lesion 39")
        assert worklist.state().comment == "comment 39"


def test_damaged_files_fall_back_with_a_note(cases):
    with open_worklist(cases, "Anna") as worklist:
        worklist.go("b")
        worklist.go("d")
        worklist.set_comment("first")
        worklist.set_comment("second")
        folder = worklist.folder
    for path in (folder / "readers/anna/worklist.json", folder / "readers/anna/cases/d/state.json"):
        path.write_bytes(path.read_bytes()[:40])
    with open_worklist(cases, "Anna") as worklist:
        assert worklist.current.name == "b"
        assert worklist.state("d").comment in ("first", "second")
        assert len(worklist.notes) == 2
        assert all("was damaged" in note for note in worklist.notes)


def test_state_of_a_newer_version(cases):
    with open_worklist(cases, "Anna") as worklist:
        worklist.set_comment("x")
        file = worklist._folder._state_file("a")
    file.save({"case": "a", "status": "adjudicated"})
    with pytest.raises(InputError, match="written by another version"):
        open_worklist(cases, "Anna")
    (cases / "icac_worklist/readers/anna/cases/a/state.json").unlink()
    open_worklist(cases, "Anna").close()                             # the failure left no lock


def test_time_is_kept_by_annotator_and_without_idle_time(cases, tmp_path):
    now = [0.0]

    def reopen(annotator):
        folder = tmp_path / "list"
        return Worklist(find_cases(cases), WorklistFolder(folder, cases), Lock(folder, annotator), annotator,
                        ActivityClock(60.0, lambda: now[0]))

    anna = reopen("Anna")
    anna.active()
    for gap in (8, 5, 4000, 2):
        now[0] += gap
        anna.active()
    now[0] += 1
    anna.next()
    assert anna.state("a").seconds == {"Anna": 76}
    now[0] += 30
    anna.pause()
    now[0] += 30
    anna.close()
    anna = reopen("Anna")
    anna.active()
    now[0] += 12.0
    anna.active()                                                    # so much is written without any change
    assert anna.state().seconds == {"Anna": 42}
    assert anna.state().status is CaseStatus.NEW
    assert reopen("Anna").state().seconds == {"Anna": 42}


def test_review_survives_damage_and_is_not_saved_after_a_take_over(cases):
    first = open_worklist(cases, "Anna")
    assert first.review() is None
    for number in range(2):
        first.save_review({"actions": [number, None, {"text": "\ud800"}]})
    assert first.review().content["actions"][0] == 1
    [path] = first.case_folder().glob("review.json")
    path.write_bytes(path.read_bytes()[:-5])
    with open_worklist(cases, "Anna", take_over=True) as second:
        loaded = second.review("a")
        assert loaded.content["actions"][0] == 0
        assert "was damaged" in loaded.note
        assert second.review("b") is None
        with pytest.raises(LostLockError):
            first.save_review({})


def test_only_two_masks_are_kept(cases, frame):
    with open_worklist(cases, "Anna") as worklist:
        paths = [worklist.save_mask(make_mask(frame, (0, 0, number))) for number in range(4)]
        assert [path.exists() for path in paths] == [False, False, True, True]
        assert worklist.mask_path() == paths[3]
        assert worklist.state().status is CaseStatus.STARTED


def test_taken_over_while_open(cases):
    first = open_worklist(cases, "Anna")
    second = open_worklist(cases, "Anna", take_over=True)
    with pytest.raises(LostLockError, match="taken over by Anna"):
        first.set_comment("late")
    second.set_comment("mine")
    assert second.state().comment == "mine"
    second.close()


def test_open_in_another_program(cases):
    code = ("import sys; from icac.worklist import open_worklist\nopen_worklist(sys.argv[1], 'Anna')\n"
            "print(flush=True)\n")
    child = subprocess.Popen([sys.executable, "-c", code + "sys.stdin.read()", str(cases)], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})
    child.stdout.readline()
    try:
        with pytest.raises(LockedError, match="is open by Anna"):    # the same annotator twice at once
            open_worklist(cases, "Anna")
        open_worklist(cases, "Bea").close()                          # another one at the same time
        open_worklist(cases, "Anna", cases.parent / "another").close()
    finally:
        child.kill()
        child.wait()


def test_of_a_table(cases):
    path = cases / "list.csv"
    path.write_text("case,image,roi\nx/1,a_ct.nii.gz,a_roi.nii.gz\nx:1,b_ct.nii.gz,\n")
    with open_worklist(path, "Anna") as worklist:
        assert worklist.folder == cases / "list_worklist"
        worklist.set_comment("first")
        worklist.next()
        worklist.set_comment("second")
    with open_worklist(path, "Anna") as worklist:
        assert [worklist.state(name).comment for name in ("x/1", "x:1")] == ["first", "second"]
        assert worklist.case_folder().parent == worklist.folder / "readers/anna/cases"


def test_a_case_that_is_gone_does_not_hinder(cases):
    with open_worklist(cases, "Anna") as worklist:
        worklist.set_status(CaseStatus.DONE)
        worklist.next()
    (cases / "b_ct.nii.gz").unlink()
    with open_worklist(cases, "Anna") as worklist:
        assert worklist.current.name == "c"
        assert "b_roi.nii.gz could not be matched" in worklist.notes[0]


def test_annotator_must_have_a_name(cases):
    with pytest.raises(InputError, match="name of the annotator"):
        open_worklist(cases, "  ")


def test_names_of_folders_fit_every_file_system():
    names = ["p1", "p 1", "p/1", "p:1", "con", "CON.x", "ä", "x" * 200, "x" * 201, "a.", ".a", "..", "p1\n", "",
             "M\udcfcller", "\ud800"]
    folders = [safe_name(name) for name in names]
    assert folders[0] == "p1"
    assert len({folder.casefold() for folder in folders}) == len(names)
    assert all(set(folder) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") and
               len(folder) <= 80 and folder.strip(".-") == folder for folder in folders)


def test_no_lesion_means_no_place(cases, tmp_path):
    case = find_cases(cases).cases[0]
    folder = tmp_path / "list"
    worklist = Worklist(FoundCases((case,)), WorklistFolder(folder, cases), Lock(folder, "Anna"), "Anna")
    worklist.set_lesion("R-1")
    worklist.set_lesion(None)
    assert worklist.state().lesion is None
    assert worklist.state().status is CaseStatus.STARTED


def test_which_series_are_cases_is_kept_and_lists_of_before_keep_all(tmp_path, make_series):
    from icac.cli import main
    from icac.worklist import read_design
    from icac.worklist.opening import listed_cases

    for name, mm in (("thin", 1.0), ("thick", 5.0)):
        make_series(tmp_path / "p1" / name, StudyInstanceUID="1.5", SliceThickness=mm, PixelSpacing=[10, 10], slices=50)
    new, old = tmp_path / "new", tmp_path / "old"
    (old / "readers").mkdir(parents=True)
    for folder, count in ((new, 1), (old, 2)):
        with open_worklist(tmp_path, "Ann", folder) as worklist:
            assert len(worklist.cases) == count
        assert read_design(folder).every_series is (count == 2)
        assert len(listed_cases(tmp_path, folder).cases) == count
    assert main(["worklist", "setup", str(tmp_path), "--folder", str(new), "--every-series"]) == 0
    assert len(listed_cases(tmp_path, new).cases) == 2


def test_the_name_of_a_reader_is_one_harmless_line():
    assert checked_name("  Anna\n Maria\x1b[2J ") == "Anna Maria\\x1b[2J"
    with pytest.raises(InputError, match="needs the name"):
        checked_name(" \n")
