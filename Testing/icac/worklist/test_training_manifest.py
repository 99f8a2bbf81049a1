import os
import shutil

import numpy as np
import pytest
from icac.ct.masks import read_mask
from icac.errors import InputError
from icac.geometry import Volume
from icac.trainingset.manifest import read_manifest
from icac.worklist import CaseStatus, export_manifest, find_cases, open_worklist


def correct(worklist, names, frame, status=CaseStatus.DONE):
    """Save a mask of one voxel, another for each case."""
    for name in names:
        worklist.go(name)
        mask = np.zeros(frame.shape, bool)
        mask[1, 2, "abcde".index(name)] = True
        worklist.save_mask(Volume(mask, frame))
        worklist.set_status(status)


def test_training_reads_what_is_exported(cases, frame):
    with open_worklist(cases, "Anna") as worklist:
        correct(worklist, "abd", frame)
        correct(worklist, "c", frame, CaseStatus.FLAGGED)
        exported = export_manifest(worklist, cases / "train" / "round1.csv")
        assert exported.cases == ("a", "b", "d")
        assert exported.left_out == {"c": "it is flagged", "e": "it is new"}
        manifest = read_manifest(exported.path)
    assert [case.name for case in manifest.cases] == ["a", "b", "d"]
    assert {case.split for case in manifest.cases} == {"train", "validation"}
    for case in manifest.cases:
        assert case.image.samefile(cases / f"{case.name}_ct.nii.gz")
        region = read_mask(case.roi)
        assert np.argwhere(region.array).tolist() == [[1, 2, "abcde".index(case.name)]]
        assert region.frame.matches(frame)
    assert [case.roi.name for case in find_cases(cases).cases if case.roi] == [f"{n}_roi.nii.gz" for n in "abcd"]


def test_the_set_stays_as_it_is_when_annotators_go_on(cases, frame, tmp_path):
    with open_worklist(cases, "Anna") as worklist:
        correct(worklist, "ab", frame)
        manifest = read_manifest(export_manifest(worklist, tmp_path / "x.csv").path)
        before = manifest.cases[0].roi.read_bytes()
        worklist.go("a")
        for _ in range(3):
            worklist.save_mask(Volume(np.ones(frame.shape, bool), frame))
    assert manifest.cases[0].roi.read_bytes() == before


def test_folders_can_be_moved_together(cases, frame, tmp_path):
    with open_worklist(cases, "Anna") as worklist:
        correct(worklist, "ab", frame)
        export_manifest(worklist, cases.parent / "x.csv")
    shutil.copytree(cases.parent, tmp_path / "moved", ignore=lambda *_: ["moved"])
    for path in cases.glob("*.nii.gz"):
        os.unlink(path)
    assert len(read_manifest(tmp_path / "moved" / "x.csv").cases) == 2


def splits_of(folder, frame, make_scan, rows, **options):
    """Export a list with these cases (name, patient, split), all of them done."""
    make_scan(folder / "ct.nii.gz")
    (folder / "list.csv").write_text("case,image,patient,split\n" + "".join(
        f"{name},ct.nii.gz,{patient},{split}\n" for name, patient, split in rows))
    with open_worklist(folder / "list.csv", "Anna") as worklist:
        for case in worklist.cases:
            worklist.go(case.name)
            worklist.save_mask(Volume(np.zeros(frame.shape, bool), frame))
            worklist.set_status(CaseStatus.DONE)
        exported = export_manifest(worklist, folder / "train.csv", **options)
    return {case.name: case.split for case in read_manifest(exported.path).cases}


def test_patients_stay_in_their_split(tmp_path, frame, make_scan):
    few = [(f"s{n}", f"p{n // 2}", "") for n in range(6)]
    more = [*few, *((f"t{n}", f"p{n}", "") for n in range(12))]
    first = splits_of(tmp_path, frame, make_scan, few, validation_share=0.0)
    assert sorted(first.values()) == ["train"] * 4 + ["validation"] * 2
    assert all(first[f"s{n}"] == first[f"s{n + 1}"] for n in range(0, 6, 2))
    second = splits_of(tmp_path, frame, make_scan, more, validation_share=0.5)
    assert {name: second[name] for name in first} == first
    assert 2 < list(second.values()).count("validation") < 16


def test_given_splits_are_kept(tmp_path, frame, make_scan):
    rows = [("a", "p1", "test"), ("b", "p2", ""), ("c", "p1", ""), ("d", "p3", "train"), ("e", "p4", "")]
    splits = splits_of(tmp_path, frame, make_scan, rows)
    assert splits["a"] == splits["c"] == "test"
    assert splits["d"] == "train"
    assert "validation" in (splits["b"], splits["e"])


def test_one_patient_is_too_few(cases, frame, tmp_path):
    with open_worklist(cases, "Anna") as worklist:
        correct(worklist, "a", frame)
        with pytest.raises(InputError, match="at least two patients"):
            export_manifest(worklist, tmp_path / "x.csv")
        correct(worklist, "b", frame)
        worklist.mask_path("b").unlink()
        with pytest.raises(InputError, match="at least two patients"):
            export_manifest(worklist, tmp_path / "x.csv")
    assert not (tmp_path / "x.csv").exists()
