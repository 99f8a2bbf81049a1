from pathlib import PurePath

import pytest
from icac.cases.file_names import Role, folder_keys, read_name, stem_of, subject_of


@pytest.mark.parametrize(("path", "role", "key"), [
    ("p1.nii.gz", Role.SCAN, "p1"),
    ("p1_ct.nrrd", Role.SCAN, "p1"),
    ("p1_0000.nii.gz", Role.SCAN, "p1"),
    ("p1-head-CT.mha", Role.SCAN, "p1"),
    ("ICAC_001.nii.gz", Role.SCAN, "ICAC_001"),
    ("labrador.nii.gz", Role.SCAN, "labrador"),
    ("p1/ct.nii.gz", Role.SCAN, ""),
    ("imagesTr/p1_0000.nii.gz", Role.SCAN, "p1"),
    ("p1_roi.nii.gz", Role.MASK, "p1"),
    ("p1_ROI2.nii.gz", Role.MASK, "p1"),
    ("p1_icac.nii.gz", Role.MASK, "p1"),
    ("p1-label.nrrd", Role.MASK, "p1"),
    ("p1_ct-label.nrrd", Role.MASK, "p1"),
    ("p1_manual_roi.nii", Role.MASK, "p1"),
    ("p1.seg.nrrd", Role.MASK, "p1"),
    ("Segmentation_p1.seg.nrrd", Role.MASK, "p1"),
    ("roi_p1.nii.gz", Role.MASK, "p1"),
    ("p1/roi.nii.gz", Role.MASK, ""),
    ("p1/Segmentation.seg.nrrd", Role.MASK, ""),
    ("labelsTr/p1.nii.gz", Role.MASK, "p1"),
    ("manual/p1.nii.gz", Role.MASK, "p1"),
    ("manual/p1_ct.nii.gz", Role.SCAN, "p1"),
    ("p1_probability.nii.gz", Role.NEITHER, "p1_probability"),
    ("sub-1/ses-2/ct/sub-1_ses-2_ct.nii.gz", Role.SCAN, "sub-1_ses-2"),
    ("sub-1/anat/sub-1_T1w.nii.gz", Role.NEITHER, "sub-1"),
    ("derivatives/manual/sub-1/sub-1_ses-2_space-orig_desc-icac_mask.nii.gz", Role.MASK, "sub-1_ses-2"),
    ("derivatives/x/sub-1/sub-1_ses-2_label-ICAC_dseg.nii.gz", Role.MASK, "sub-1_ses-2"),
    ("sub-1_roi.nii.gz", Role.MASK, "sub-1"),
])
def test_names_of_files(path, role, key):
    named = read_name(PurePath(path))
    assert (named.role, named.key) == (role, key)


def test_endings():
    assert [stem_of(name) for name in ("a.b.nii.gz", "a.seg.nrrd", "a.NII", "a.dcm", "1.2.840")] == [
        "a.b", "a", "a", "a", "1.2"]


def test_folders_that_may_tell_the_case():
    assert folder_keys(("siteA", "p1", "DICOM")) == ("p1", "siteA")
    assert folder_keys(("000123", "imagesTr")) == ("000123",)


def test_bids_subject():
    assert subject_of(PurePath("rawdata/sub-07/ct/sub-07_ct.nii.gz")) == "sub-07"
    assert subject_of(PurePath("p1/ct.nii.gz")) == ""
