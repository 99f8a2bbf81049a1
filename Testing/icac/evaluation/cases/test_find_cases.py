from __future__ import annotations

import numpy as np
import pytest
from icac.cases.file_names import without_ending
from icac.ct import write_volume
from icac.errors import InputError
from icac.evaluation import cases_of_folders, cases_of_table
from icac.geometry import Volume


@pytest.fixture
def folders(cubic, tmp_path):
    empty = Volume(np.zeros(cubic.shape, np.uint8), cubic)
    write_volume(empty, tmp_path / "pred/b/icac.nii.gz")
    write_volume(empty, tmp_path / "pred/b/probability.nii.gz")
    (tmp_path / "pred/b/report.json").write_text("{}")
    write_volume(empty, tmp_path / "pred/a.nrrd")
    write_volume(empty, tmp_path / "pred/extra.nrrd")
    for name in ("a.nii.gz", "b.seg.nrrd"):
        write_volume(empty, tmp_path / "truth" / name)
    (tmp_path / "truth/notes.txt").write_text("not an image")
    return tmp_path


def test_files_are_matched_by_name(folders):
    a, b = cases_of_folders(folders / "pred", folders / "truth")
    assert (a.name, a.predicted.name, a.truth.name, a.probability, a.courses) == ("a", "a.nrrd", "a.nii.gz", None, None)
    assert (b.name, b.truth.name) == ("b", "b.seg.nrrd")
    assert b.probability == folders / "pred/b/probability.nii.gz"
    assert b.courses == folders / "pred/b/report.json"


def test_truth_without_prediction_is_an_error(folders):
    (folders / "pred/a.nrrd").unlink()
    with pytest.raises(InputError, match="no prediction for 1 of the 2 cases"):
        cases_of_folders(folders / "pred", folders / "truth")


@pytest.mark.parametrize("folder", ["pred", "truth"])
def test_two_files_of_a_case_are_an_error(folders, folder):
    (folders / folder / "a.nii").touch()
    with pytest.raises(InputError, match=r"holds 2 files of case 'a' \(a\.nii, a\.n"):
        cases_of_folders(folders / "pred", folders / "truth")


def test_table(folders):
    table = folders / "cases.csv"
    table.write_text("case,pred,truth,split,protocol\none,pred/a.nrrd,truth/a.nii.gz,test,thin\n"
                     "two,pred/b/icac.nii.gz,truth/b.seg.nrrd,,\n")
    one, two = cases_of_table(table)
    assert (one.name, one.split, one.protocol, one.probability) == ("one", "test", "thin", None)
    assert two.probability == folders / "pred/b/probability.nii.gz"


@pytest.mark.parametrize(("text", "message"), [
    ("case,pred\na,x\n", "column 'truth'"),
    ("case,pred,truth\na,pred/none.nrrd,truth/a.nii.gz\n", "line 2.*does not exist"),
    ("case,pred,truth\n,pred/a.nrrd,truth/a.nii.gz\n", "is empty"),
    ("case,pred,truth\na,pred/a.nrrd,truth/a.nii.gz\na,pred/a.nrrd,truth/a.nii.gz\n", "more than once"),
    ("case,pred,truth\na,pred/a.nrrd,truth/a.nii.gz\nb,pred/../pred/a.nrrd,truth/a.nii.gz\n",
     "cases 'a' and 'b' .* have the same files"),
    ("", "no rows"),
])
def test_damaged_tables(folders, text, message):
    (folders / "cases.csv").write_text(text)
    with pytest.raises(InputError, match=message):
        cases_of_table(folders / "cases.csv")


@pytest.mark.parametrize(("name", "expected"), [
    ("scan.1.seg.nrrd", "scan.1"), ("a.nii.gz", "a"), ("b.NII", "b"), ("c.nrrd", "c")])
def test_names_of_cases(name, expected):
    assert without_ending(name) == expected
