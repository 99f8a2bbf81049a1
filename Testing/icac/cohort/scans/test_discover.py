from __future__ import annotations

import json
import os

import pydicom
import pytest
from icac.cohort.scans.discover import find_scans, look_for_scans
from icac.cohort.scans.fingerprint import list_files
from icac.cohort.scans.scan_input import ScanInput, label
from icac.cohort.scans.secret_labels import with_secret_labels
from icac.errors import InputError
from pydicom.uid import ExplicitVRLittleEndian


def dicom(path, study: str, **elements):
    header = pydicom.Dataset()
    header.file_meta = pydicom.dataset.FileMetaDataset()
    header.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    header.SOPClassUID, header.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", pydicom.uid.generate_uid()
    header.StudyInstanceUID, header.Rows = study, 2
    for keyword, value in elements.items():
        setattr(header, keyword, value)
    path.parent.mkdir(parents=True, exist_ok=True)
    pydicom.dcmwrite(path, header, enforce_file_format=True)


def touch(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")


def names(scans):
    return [scan.name for scan in scans]


def test_image_files_and_studies_are_scans_named_by_their_place(tmp_path):
    touch(tmp_path / "a_1.nii.gz")
    touch(tmp_path / "sub-b" / "ses-2" / "ct.nrrd")
    touch(tmp_path / "b" / "icac.seg.nrrd")
    touch(tmp_path / ".hidden" / "c.nii")
    for slices in range(3):
        dicom(tmp_path / "p" / "study1" / "series1" / f"{slices}.dcm", "1.1")
        dicom(tmp_path / "p" / "study1" / "series2" / f"{slices}.dcm", "1.1")
    touch(tmp_path / "p" / "study1" / "readme.txt")
    dicom(tmp_path / "p" / "study2" / "x", "1.2")
    touch(tmp_path / "out" / "sub-1" / "mask.nii.gz")
    scans = find_scans(tmp_path, skip=tmp_path / "out")
    assert names(scans) == ["sub-a1", "sub-b_ses-2ct", "sub-p_ses-study1", "sub-p_ses-study2"]
    assert scans[2].path == str(tmp_path / "p" / "study1")
    assert scans[1].folder == "sub-b/ses-2ct/ct"


def test_bids_files_have_the_names_that_they_tell(tmp_path):
    for name in ("sub-1/ses-a/ct/sub-1_ses-a_run-1_ct.nii.gz", "sub-1/ses-a/ct/sub-1_ses-a_run-2_ct.nii.gz",
                 "sub-1/ses-b/ct/sub-1_ses-b_ct.nii.gz", "sub-2/ct/sub-2_acq-thin_ct.nii.gz", "sub-3/sub-3_ct.nii.gz",
                 "sub-4/sub-4_baseline.nii.gz", "sub-2/anat/sub-2_T1w.nii.gz", "sub-3/sub-3_desc-drawn_mask.nii.gz"):
        touch(tmp_path / name)
    found = look_for_scans(tmp_path)
    assert names(found.scans) == ["sub-1_ses-arun1", "sub-1_ses-arun2", "sub-1_ses-b", "sub-2_ses-acqthin", "sub-3",
                                  "sub-4_ses-sub4baseline"]
    assert found.scans[2].folder == "sub-1/ses-b/ct"
    assert left_out(tmp_path) == {"sub-2/anat/sub-2_T1w.nii.gz": "no CT, by its BIDS name",
                                  "sub-3/sub-3_desc-drawn_mask.nii.gz": "a segmentation"}


def test_what_this_program_wrote_is_no_scan(tmp_path):
    for name in ("icac.nii.gz", "report.json", "ct_resampled.nii.gz", "simulated_ct.nii.gz"):
        touch(tmp_path / "demo" / name)
    touch(tmp_path / "other" / "icac.nii.gz")  # no report beside it: somebody's scan
    for name in ("list/worklist.json", "list/cases/p1/mask.nii.gz", "m_icac_training_masks/p1.nrrd"):
        touch(tmp_path / name)
    assert names(find_scans(tmp_path)) == ["sub-demo_ses-simulatedct", "sub-other_ses-icac"]


def test_links_to_folders_are_not_followed(tmp_path):
    touch(tmp_path / "z" / "a.nii.gz")
    try:
        (tmp_path / "a").symlink_to(tmp_path / "z")
        (tmp_path / "z" / "loop").symlink_to(tmp_path)
    except OSError:
        pytest.skip("links are not allowed here")
    assert names(find_scans(tmp_path)) == ["sub-z_ses-a"]


def test_studies_whose_folders_are_mixed_are_taken_folder_by_folder(tmp_path):
    for folder, study in (("s1", "1"), ("s2", "2"), ("s3", "1")):
        dicom(tmp_path / folder / "1.dcm", study)
    assert names(find_scans(tmp_path)) == ["sub-s1", "sub-s2", "sub-s3"]


def test_a_pattern_chooses(tmp_path):
    for name in ("1/ct.nii.gz", "1/mask.nii.gz", "2/ct.nii.gz"):
        touch(tmp_path / name)
    assert names(find_scans(tmp_path, "*ct.nii.gz")) == ["sub-1_ses-ct", "sub-2_ses-ct"]
    with pytest.raises(InputError, match=r"match '\*\.mha'"):
        find_scans(tmp_path, "*.mha")


def test_names_that_would_be_the_same_are_told_apart_whatever_else_is_there(tmp_path):
    for name in ("a-1.nii.gz", "a_1.nii.gz", "A1.nrrd", "b.nii.gz", "b/late.nii.gz"):
        touch(tmp_path / name)
    first = {scan.path: scan.name for scan in find_scans(tmp_path)}
    assert len({name.casefold() for name in first.values()}) == 5
    assert all(scan.name != "sub-b" for scan in find_scans(tmp_path))  # sub-b/ holds ses-late
    touch(tmp_path / "c.nii.gz")
    assert first.items() <= {scan.path: scan.name for scan in find_scans(tmp_path)}.items()


def test_a_table_names_scans_relative_to_itself(tmp_path):
    touch(tmp_path / "scans" / "x.nii.gz")
    table = tmp_path / "list.csv"
    table.write_text("path,subject,session,series\nscans/x.nii.gz,sub-7,base line,\n/data/y,8,,3\nscans/x.nii.gz,,,\n")
    scans = find_scans(table)
    assert names(scans) == ["sub-7_ses-baseline", "sub-8", "sub-scans_ses-x"]
    assert scans[0].path == str(tmp_path / "scans" / "x.nii.gz")
    assert (scans[1].path, scans[1].series) == ("/data/y", "3")


@pytest.mark.parametrize(("text", "word"), [("image\na\n", "column 'path'"), ("path,subject\n,1\n", "line 2"),
                                            ("path\n", "no rows")])
def test_bad_tables_are_refused_in_a_sentence(tmp_path, text, word):
    (tmp_path / "list.csv").write_text(text)
    with pytest.raises(InputError, match=word):
        find_scans(tmp_path / "list.csv")


def test_nothing_to_be_found_is_said(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        find_scans(tmp_path / "no")
    with pytest.raises(InputError, match="holds no DICOM"):
        find_scans(tmp_path)


def left_out(root) -> dict[str, str]:
    return {os.path.relpath(one.path, root): one.reason for one in look_for_scans(root).left_out}


def test_any_number_of_other_files_may_come_before_the_images(tmp_path):
    for number in range(50):
        touch(tmp_path / "a" / "CT" / f"00_report_{number}.pdf")
    dicom(tmp_path / "a" / "CT" / "IM1", "1.1")
    assert names(find_scans(tmp_path)) == ["sub-a_ses-CT"]


def test_patients_who_all_have_one_study_uid_are_scans_of_their_own(tmp_path):
    for patient in "abc":
        dicom(tmp_path / patient / "CT" / "1", "1.1")
        dicom(tmp_path / f"{patient}direct" / "1", "1.1")
    assert len(find_scans(tmp_path)) == 6


@pytest.mark.parametrize(("changed", "count"), [
    ({}, 1), ({"PatientID": ""}, 3), ({"SeriesNumber": 4}, 3), ({"FrameOfReferenceUID": None}, 3)])
def test_a_folder_of_the_series_of_one_study_is_one_scan(tmp_path, changed, count):
    for number in range(3):
        given = {"PatientID": "P", "SeriesNumber": number, "SeriesInstanceUID": f"1.5.{number}",
                 "FrameOfReferenceUID": "1.9", **changed}
        given["FrameOfReferenceUID"] = given["FrameOfReferenceUID"] or f"1.9.{number}"
        dicom(tmp_path / f"S{number}" / "1", "1.1", **given)
    found = find_scans(tmp_path)
    assert len(found) == count
    assert count > 1 or found[0].path == str(tmp_path)


def test_folders_that_hold_the_same_image_are_no_single_study(tmp_path):
    for patient in "ab":
        dicom(tmp_path / "site" / patient / "1", "1.1")
    assert names(find_scans(tmp_path)) == ["sub-site"]  # two series of a study
    (tmp_path / "site" / "b" / "1").write_bytes((tmp_path / "site" / "a" / "1").read_bytes())
    assert names(find_scans(tmp_path)) == ["sub-site_ses-a", "sub-site_ses-b"]


def test_linked_studies_are_found_once_and_circles_left_out(tmp_path):
    dicom(tmp_path / "store" / "c" / "1", "1.1")
    dicom(tmp_path / "in" / "p" / "1", "1.2")
    (tmp_path / "in" / "c").symlink_to("../store/c")
    (tmp_path / "in" / "d").symlink_to("../store/c")
    (tmp_path / "in" / "p" / "up").symlink_to("..")
    assert names(find_scans(tmp_path / "in")) == ["sub-c", "sub-p"]
    assert left_out(tmp_path / "in") == {"d": "the same folder as another one",
                                         "p/up": "a link to a folder that it lies in"}
    assert len(list_files(tmp_path / "in" / "p").files) == 1


def test_results_of_earlier_runs_are_left_out(tmp_path):
    touch(tmp_path / "p" / "ct.nii.gz")
    for name in ("icac.nii.gz", "probability.nii.gz", "other.nii.gz"):
        touch(tmp_path / "p" / "out" / name)
    (tmp_path / "p" / "out" / "report.json").write_text(json.dumps(
        {"format": "1.2", "totals": {}, "files": {}, "software": {}}))
    touch(tmp_path / "cohort" / "sub-1" / "sub-1_desc-icac_dseg.nii.gz")
    (tmp_path / "cohort" / ".cohort").mkdir()
    touch(tmp_path / "moved" / "sub-2_desc-icac_probseg.nii.gz")
    touch(tmp_path / "p" / "._ct.nii.gz")
    assert names(find_scans(tmp_path)) == ["sub-p_ses-ct", "sub-p_ses-outother"]
    assert left_out(tmp_path) == {
        "cohort": "results of an earlier cohort", "p/._ct.nii.gz": "its name begins with a dot",
        "p/out/icac.nii.gz": "a result of an earlier run", "p/out/probability.nii.gz": "a result of an earlier run",
        "moved/sub-2_desc-icac_probseg.nii.gz": "a result of an earlier run"}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_pipes_are_not_waited_for(tmp_path):
    dicom(tmp_path / "p" / "1", "1.1")
    os.mkfifo(tmp_path / "p" / "0")
    os.mkfifo(tmp_path / "a.nii")
    assert names(find_scans(tmp_path)) == ["sub-p"]
    assert left_out(tmp_path) == dict.fromkeys(("a.nii", "p/0"), "neither file nor folder")
    with pytest.raises(InputError, match="no file or folder"):
        list_files(tmp_path / "a.nii")


@pytest.mark.parametrize("path", ["a" * 5000, "x/" * 3000])
def test_paths_that_no_system_takes_are_a_sentence(path):
    with pytest.raises(InputError) as error:
        list_files(path)
    assert len(str(error.value)) < 700


def test_very_long_labels_still_name_files():
    long, other = label("a" * 300), label("a" * 299 + "b")
    assert len(long) == len(other) == 64 and long != other
    assert label("a" * 64) == "a" * 64


def test_hidden_names_tell_nothing_but_who_is_the_same():
    scans = [ScanInput("/data/MuellerHans/ct1", "MuellerHans", "ct1"), ScanInput("/data/MuellerHans/ct2", "MuellerHans",
                                                                               "ct2"), ScanInput("/data/x", "x")]
    hidden = with_secret_labels(scans, b"key")
    assert "Mueller" not in str([one.shown() for one in hidden])
    assert hidden[0].subject == hidden[1].subject != hidden[2].subject
    assert len({one.name for one in hidden}) == 3 and hidden[2].session == ""
    assert [one.path for one in hidden] == [one.path for one in scans]
    assert with_secret_labels(scans, b"key") == hidden != with_secret_labels(scans, b"another key")
