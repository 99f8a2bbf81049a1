import pydicom
import pytest
from icac.errors import InputError
from icac.worklist import find_cases
from pydicom.uid import generate_uid


def found(folder, results=None):
    """Return {case: (scan, region, results)}, as paths relative to the folder, and the sentences."""
    def short(path):
        return path.relative_to(folder).as_posix() if path else None

    listed = find_cases(folder, results)
    return {c.name: (short(c.image), short(c.roi), short(c.result)) for c in listed.cases}, listed.notes


def test_files_side_by_side(tmp_path, make_scan):
    for name in ("p1_ct.nii.gz", "p1_roi.nii.gz", "p2.nrrd", "p2-label.nrrd", "p3.nii.gz", "p3_probability.nii.gz"):
        make_scan(tmp_path / name)
    (tmp_path / "readme.txt").write_text("x")
    assert found(tmp_path) == ({"p1": ("p1_ct.nii.gz", "p1_roi.nii.gz", None),
                                "p2": ("p2.nrrd", "p2-label.nrrd", None), "p3": ("p3.nii.gz", None, None)}, ())


def test_trees_of_scans_and_of_regions(tmp_path, make_scan):
    for name in ("imagesTr/a_0000.nii.gz", "imagesTr/b_0000.nii.gz", "labelsTr/a.nii.gz", "labelsTr/b.nii.gz"):
        make_scan(tmp_path / name)
    assert found(tmp_path)[0] == {"a": ("imagesTr/a_0000.nii.gz", "labelsTr/a.nii.gz", None),
                                  "b": ("imagesTr/b_0000.nii.gz", "labelsTr/b.nii.gz", None)}


def test_a_folder_for_each_case_with_its_results(tmp_path, make_scan, make_result):
    for name in ("p1", "p2"):
        make_scan(tmp_path / name / "ct.nii.gz")
        make_scan(tmp_path / name / "manual.seg.nrrd")
        make_result(tmp_path / name / "icac")
    assert found(tmp_path) == ({name: (f"{name}/ct.nii.gz", f"{name}/manual.seg.nrrd", f"{name}/icac")
                                for name in ("p1", "p2")}, ())


def test_same_names_in_several_folders_are_told_apart(tmp_path, make_scan):
    for tree in ("images", "rois"):
        for site in ("A", "B"):
            for name in ("p1", "p2"):
                make_scan(tmp_path / tree / site / f"{name}.nii.gz")
    assert found(tmp_path)[0] == {f"{site}_{name}": (f"images/{site}/{name}.nii.gz", f"rois/{site}/{name}.nii.gz", None)
                                  for site in ("A", "B") for name in ("p1", "p2")}


def test_bids_with_derivatives(tmp_path, make_scan):
    for subject in ("sub-1", "sub-2"):
        make_scan(tmp_path / subject / "ses-1" / f"{subject}_ses-1_ct.nii.gz")
        make_scan(tmp_path / subject / "ses-1" / f"{subject}_ses-1_T1w.nii.gz")
        make_scan(tmp_path / "derivatives" / "manual" / subject / "ses-1" / f"{subject}_ses-1_desc-icac_mask.nii.gz")
    make_scan(tmp_path / "sub-1" / "ses-2" / "sub-1_ses-2_ct.nii.gz")
    cases = find_cases(tmp_path).cases
    assert {case.name: case.patient for case in cases} == {"sub-1_ses-1": "sub-1", "sub-1_ses-2": "sub-1",
                                                           "sub-2_ses-1": "sub-2"}
    assert [case.roi.name if case.roi else None for case in cases] == [
        "sub-1_ses-1_desc-icac_mask.nii.gz", None, "sub-2_ses-1_desc-icac_mask.nii.gz"]


def test_nothing_is_guessed(tmp_path, make_scan):
    for name in ("p1.nii.gz", "p1_roi1.nii.gz", "p1_roi2.nii.gz", "p2.nii.gz", "p9_roi.nii.gz"):
        make_scan(tmp_path / name)
    cases, notes = found(tmp_path)
    assert cases == {"p1": ("p1.nii.gz", None, None), "p2": ("p2.nii.gz", None, None)}
    assert "p1.nii.gz has 2, each a region (p1_roi1.nii.gz, p1_roi2.nii.gz), of which none is taken" in notes[0]
    assert "p9_roi.nii.gz could not be matched" in notes[1]


def test_results_of_another_folder_by_the_scan_in_their_record(tmp_path, make_scan, make_result):
    cases, results = tmp_path / "cases", tmp_path / "results"
    for name in ("p1", "p2", "p3"):
        make_scan(cases / f"{name}.nii.gz")
    make_result(results / "run-a", str(cases / "p2.nii.gz"))
    make_result(results / "run-b", f"/elsewhere/{cases.name}/p1.nii.gz")
    make_result(results / "p3")
    listed = find_cases(cases, results)
    assert [case.result for case in listed.cases] == [results / "run-b", results / "run-a", results / "p3"]
    assert listed.notes == ()


def test_two_results_of_one_scan(tmp_path, make_scan, make_result):
    make_scan(tmp_path / "p1.nii.gz")
    for run in ("run-a", "run-b"):
        make_result(tmp_path / run, str(tmp_path / "p1.nii.gz"))
    cases, notes = found(tmp_path)
    assert cases["p1"][2] is None
    assert "has 2, each a folder of results (run-a, run-b), of which none is taken" in notes[0]


def test_dicom_series(tmp_path, make_series, make_scan, make_result):
    make_series(tmp_path / "000123" / "DICOM")
    make_scan(tmp_path / "000123" / "roi.nrrd")
    make_series(tmp_path / "000124" / "CT_5mm")
    make_scan(tmp_path / "rois" / "000124_roi.nii.gz")
    make_result(tmp_path / "000124" / "icac")
    make_series(tmp_path / "000125" / "scout", slices=2, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    make_series(tmp_path / "000126" / "mr", SOPClassUID="1.2.840.10008.5.1.4.1.1.4", Modality="MR")
    cases = find_cases(tmp_path)
    assert found(tmp_path)[0] == {"000123": ("000123/DICOM", "000123/roi.nrrd", None),
                                  "000124": ("000124/CT_5mm", "rois/000124_roi.nii.gz", "000124/icac")}
    assert [case.patient for case in cases.cases] == ["000123", "000124"]


def test_two_series_in_one_folder_are_two_cases(tmp_path, make_series):
    make_series(tmp_path / "p1", prefix="a")
    make_series(tmp_path / "p1", prefix="b")
    make_series(tmp_path / "p1", prefix="c", slices=3)
    cases = find_cases(tmp_path).cases
    assert [case.image.name for case in cases] == ["a000", "b000"]
    assert [case.name for case in cases] == ["p1_a000", "p1_b000"]


def test_series_in_subfolders_of_a_series(tmp_path, make_series):
    make_series(tmp_path / "p1")
    make_series(tmp_path / "p1" / "thin")
    assert [case.image for case in find_cases(tmp_path).cases] == [tmp_path / "p1" / "im000", tmp_path / "p1" / "thin"]


def test_dicom_segmentations_by_the_series_they_were_drawn_on(tmp_path, make_series, make_dicom_region):
    uids = [generate_uid() for _ in range(3)]
    for name, uid in zip(("thin", "thick"), uids, strict=False):
        make_series(tmp_path / "p1" / name, uid=uid)
    make_series(tmp_path / "p2", uid=uids[2])
    make_dicom_region(tmp_path / "p1" / "drawn" / "1.dcm", uids[1])
    make_dicom_region(tmp_path / "p2" / "zz_seg", uids[2])
    assert found(tmp_path) == ({"p1_thick": ("p1/thick", "p1/drawn/1.dcm", None), "p1_thin": ("p1/thin", None, None),
                                "p2": ("p2/im000", "p2/zz_seg", None)}, ())


def test_dicom_segmentation_that_does_not_tell_its_series(tmp_path, make_series, make_dicom_region):
    make_series(tmp_path / "p1" / "ct")
    make_dicom_region(tmp_path / "p1" / "drawn" / "1.dcm", "1.2.3")
    assert found(tmp_path)[0] == {"p1": ("p1/ct", "p1/drawn/1.dcm", None)}


def test_real_series(shared_data):
    cases = {case.name: case for case in find_cases(shared_data).cases}
    assert {"head_ct_ge", "skull_phantom_philips_1mm", "skull_phantom_philips_tilted"} <= set(cases)
    assert cases["head_ct_ge"].image == shared_data / "head_ct_ge"


def test_patients_are_told_by_their_folders(tmp_path):
    for number in range(12):
        (tmp_path / "cohort" / "siteA" / f"p{number}").mkdir(parents=True)
        (tmp_path / "cohort" / "siteA" / f"p{number}" / "ct.nii").touch()
    for name in ("p12/2019", "p12/2021", "p13/2019"):
        (tmp_path / "cohort" / "siteA" / name).mkdir(parents=True)
        (tmp_path / "cohort" / "siteA" / name / "ct.nii").touch()
    (tmp_path / "cohort" / "siteB").mkdir()
    (tmp_path / "cohort" / "siteB" / "x.nii").touch()
    patients = {case.name: case.patient for case in find_cases(tmp_path).cases}
    assert patients["siteA_p3"] == "siteA/p3"
    assert patients["siteA_p12_2021"] == "siteA/p12"
    assert list(patients.values()).count("siteA/p12") == 2
    assert patients["x"] == ""


def test_no_two_cases_have_one_name(tmp_path):
    for name in ("a_b/c.nii", "a/b_c.nii", "a/b/C.nii", "c_2.nii", "c.nii"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    names = [case.name.casefold() for case in find_cases(tmp_path).cases]
    assert len(set(names)) == 5


def test_linked_folders_are_found_once(tmp_path, make_scan):
    make_scan(tmp_path / "cases" / "p1.nii.gz")
    (tmp_path / "cases" / "again").symlink_to(tmp_path / "cases", target_is_directory=True)
    assert list(found(tmp_path / "cases")[0]) == ["p1"]


def test_nothing_found(tmp_path, make_scan, make_result):
    make_scan(tmp_path / "p1_roi.nii.gz")
    make_result(tmp_path / "results")
    with pytest.raises(InputError, match="holds no CT"):
        find_cases(tmp_path)
    with pytest.raises(InputError, match="does not exist"):
        find_cases(tmp_path / "none")
    make_scan(tmp_path / "p1.nii.gz")
    with pytest.raises(InputError, match="holds no results"):
        find_cases(tmp_path, tmp_path / "none")


def test_many_cases_are_matched(tmp_path):
    from icac.cases.look_through import FoundFile
    from icac.cases.match import match_files

    names = [f"p{number:04d}" for number in range(3_000)]
    scans = [FoundFile(tmp_path / "images" / name / "head.nii.gz", "", (name, "study")) for name in names]
    masks = [FoundFile(tmp_path / "rois" / name / "roi.nii.gz", "", (name, "study")) for name in names]
    matched, notes = match_files(scans, masks, "region")
    assert notes == []
    assert matched[scans[1234].path] == masks[1234].path
    assert len(matched) == 3_000


@pytest.fixture
def study(tmp_path, make_series):
    """Two people with studies of several series each, one folder a series, and one who has one series."""
    for person in ("p1", "p2"):
        given = {"StudyInstanceUID": generate_uid(), "PixelSpacing": [10, 10], "slices": 50}
        make_series(tmp_path / person / "A", SeriesNumber=2, SliceThickness=5, SeriesDescription="Thick", **given)
        make_series(tmp_path / person / "B", SeriesNumber=3, SliceThickness=1, SeriesDescription="Thin",
                    uid=f"1.2.{person[1]}", **given)
        make_series(tmp_path / person / "C", SeriesNumber=4, SliceThickness=1, SeriesDescription="MPR",
                    **{**given, "ImageType": ["DERIVED", "SECONDARY", "AXIAL", "CT_SOM7 MPR"]})
        make_series(tmp_path / person / "D", SeriesNumber=1, **{**given, "slices": 2})
    make_series(tmp_path / "p3" / "A", StudyInstanceUID=generate_uid(), SliceThickness=5)
    return tmp_path


def test_of_each_study_the_series_is_a_case_that_the_rule_chooses(study):
    listed = find_cases(study)
    assert {case.name: case.image.relative_to(study).as_posix() for case in listed.cases} == {
        "p1": "p1/B", "p2": "p2/B", "p3": "p3/A"}
    assert listed.left_out == {f"{person}/{folder}": why for person in ("p1", "p2") for folder, why in (
        ("A", "2 'Thick': 5 mm slices"), ("C", "4 'MPR': reformatted"))}
    assert "4 series are left out" in listed.notes[0]


def test_every_series_of_a_study_can_be_a_case(study):
    listed = find_cases(study, every_series=True)
    assert [case.image.relative_to(study).as_posix() for case in listed.cases] == [
        "p1/A", "p1/B", "p2/A", "p2/B", "p3/A"]
    assert (listed.left_out, listed.ruled) == ({}, {})


def test_the_series_in_which_a_region_was_drawn_is_the_case(study, make_dicom_region):
    thick = str(pydicom.dcmread(study / "p1" / "A" / "im000").SeriesInstanceUID)
    make_dicom_region(study / "p1" / "S" / "region", drawn_on=thick)
    listed = find_cases(study)
    assert [(case.image.name, case.roi and case.roi.name) for case in listed.cases] == [
        ("A", "region"), ("B", None), ("A", None)]
    assert listed.left_out["p1/B"] == "a region was drawn in another series of its study"


def test_what_was_chosen_stays_when_more_series_of_a_study_come_in(study, make_series):
    first = find_cases(study)
    study_uid = str(pydicom.dcmread(study / "p1" / "B" / "im000").StudyInstanceUID)
    make_series(study / "p1" / "E", StudyInstanceUID=study_uid, SeriesNumber=9, SliceThickness=1, slices=80,
                PixelSpacing=[10, 10])
    anew, kept = find_cases(study), find_cases(study, known=first.ruled)
    assert [case.image.name for case in anew.cases] == ["E", "B", "A"]
    assert [case.image.name for case in kept.cases] == ["B", "B", "A"]
    assert kept.left_out == {**first.left_out, "p1/E": "came after another series of its study was chosen"}


def test_series_of_one_study_in_one_folder(tmp_path, make_series):
    given = {"StudyInstanceUID": "1.5", "PixelSpacing": [10, 10], "slices": 50}
    make_series(tmp_path / "p1", prefix="a", SliceThickness=5, **given)
    make_series(tmp_path / "p1", prefix="b", SliceThickness=1, **given)
    listed = find_cases(tmp_path)
    assert [case.image.name for case in listed.cases] == ["b000"] and list(listed.left_out) == ["p1/a000"]


def test_the_folder_of_one_study_holds_one_case(study, make_series):
    """Opened on the folders of the series themselves, not on those of people."""
    listed = find_cases(study / "p1")
    assert [case.image.name for case in listed.cases] == ["B"] and sorted(listed.left_out) == ["A", "C"]
    make_series(study / "p1" / "F", StudyInstanceUID=generate_uid(), SliceThickness=1)
    assert [case.image.name for case in find_cases(study / "p1").cases] == ["B", "F"]


def test_folders_of_people_who_got_one_study_uid_stay_apart(tmp_path, make_series):
    """An anonymiser replaced the UIDs of all by the same: their series, or the numbers of the patients, tell."""
    for person in ("p1", "p2"):
        make_series(tmp_path / "same" / person, StudyInstanceUID="1.5", uid="1.6", SliceThickness=1)
        make_series(tmp_path / "numbers" / person, StudyInstanceUID="1.7", SliceThickness=1, PatientID=person)
    assert [case.image.name for case in find_cases(tmp_path / "same").cases] == ["p1", "p2"]
    assert [case.image.name for case in find_cases(tmp_path / "numbers").cases] == ["p1", "p2"]
