import pytest
from icac.errors import InputError
from icac.trainingset.manifest import read_manifest


def write(folder, *rows):
    for name in ("a.npz", "b.npz", "ct.nii.gz", "roi.nrrd"):
        (folder / name).touch()
    path = folder / "manifest.csv"
    path.write_text("\n".join(rows))
    return path


def test_reads_simulated_cases_and_scans(tmp_path):
    path = write(tmp_path, "case,split,image,label,patient,other", "a,train,,,,x", "b,val,,,,",
                 "real,train,ct.nii.gz,roi.nrrd,p1,")
    manifest = read_manifest(tmp_path)
    assert manifest.path == path
    assert [case.name for case in manifest.of_split("train")] == ["a", "real"]
    real = manifest.cases[2]
    assert (real.image, real.roi, real.patient) == (tmp_path / "ct.nii.gz", tmp_path / "roi.nrrd", "p1")
    assert manifest.of_split("validation")[0].image == tmp_path / "b.npz"
    assert manifest.cases[0].roi is None


def test_splits_may_not_matter(tmp_path):
    path = write(tmp_path, "case,patient,protocol", "a,p,stroke", "b,p,routine")
    with pytest.raises(InputError, match="is not one of"):
        read_manifest(path)
    cases = read_manifest(path, splits=False).cases
    assert [(case.split, case.patient, case.protocol) for case in cases] == [("", "p", "stroke"), ("", "p", "routine")]


def test_hash_follows_the_content(tmp_path):
    first = read_manifest(write(tmp_path, "case,split", "a,train", "b,validation")).sha256
    second = read_manifest(write(tmp_path, "case,split", "b,train", "a,validation")).sha256
    assert first != second


@pytest.mark.parametrize(("rows", "words"), [
    (["case,split", "a,train"], "no case of split validation"),
    (["case,split", "a,train", "a,validation"], "more than once"),
    (["case,split", "a,train", "b,holdout"], "'holdout' of case b"),
    (["case,split", "../a,train"], "cannot be the name of a file"),
    (["name,split", "a,train"], "line 2: the column 'case'"),
    (["case,split", "a,train", "c,validation"], "c.npz of case c does not exist"),
    (["case,split,patient", "a,train,p", "b,validation,p"], "patient p lies in the splits train and validation"),
    (["case,split,image", "a,train,ct.nii.gz", "b,validation,"], "no mask.* write none in the column 'drawn'"),
    (["case,split,image,label,drawn", "a,train,ct.nii.gz,roi.nrrd,none"], "a mask, roi.nrrd, but 'drawn' says none"),
    (["case,split,image,label,drawn", "a,train,ct.nii.gz,roi.nrrd,model"], "names no .npz file of 'icac study pseudo"),
    (["case,split,drawn", "a,train,", "b,validation,none"], "case b of split validation has no label that a person"),
    (["case,split,image,label,drawn", "a,train,,,", "c,test,ct.nii.gz,b.npz,model", "b,validation,,,"],
     "case c of split test has no label that a person drew")])
def test_faults_are_named(tmp_path, rows, words):
    with pytest.raises(InputError, match=words):
        read_manifest(write(tmp_path, *rows))


def test_missing_manifest(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read_manifest(tmp_path / "none.csv")


def test_the_axes_of_files_that_do_not_tell_can_be_named(tmp_path):
    for name in ("ct.nii", "roi.nii"):
        (tmp_path / name).touch()
    text = "Case;Image;Label;Assume\na;ct.nii;roi.nii;RAS\n"
    (tmp_path / "manifest.csv").write_text(text, encoding="utf-16")
    assert read_manifest(tmp_path, splits=False).cases[0].assume == "ras"
    (tmp_path / "manifest.csv").write_text(text.replace("RAS", "left"))
    with pytest.raises(InputError, match=r"line 2: 'assume' of case a is 'left'"):
        read_manifest(tmp_path, splits=False)


def test_cases_may_have_no_label_or_that_of_a_model(tmp_path):
    write(tmp_path, "case,split,image,label,drawn", "one,train,ct.nii.gz,,None", "two,train,a.npz,,none",
          "three,train,ct.nii.gz,b.npz,model", "b,validation,,,")
    one, two, three, drawn = read_manifest(tmp_path).cases
    assert [case.labelled for case in (one, two, three, drawn)] == [False, False, False, True]
    assert [case.roi for case in (one, two, three)] == [None, None, tmp_path / "b.npz"]
    assert [case.simulated for case in (one, two, three)] == [False, True, False]
    assert read_manifest(tmp_path).unlabelled == (one, two)
