"""Names of the files of a result, and finding them again."""

from __future__ import annotations

from pathlib import Path

from icac.result_files import ENDINGS, USUAL_NAMES, bids_names, find_beside, find_file, find_mask, is_result


def make(folder: Path, *names: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).write_bytes(b"")
    return folder


def test_names_of_a_cohort_follow_bids() -> None:
    names = bids_names("sub-1_ses-2")
    assert names.usual("mask") == "sub-1_ses-2_desc-icac_dseg.nii.gz"
    assert names.usual("segmentation") == "sub-1_ses-2_desc-icac_dseg.seg.nrrd"
    assert names.usual("report") == "sub-1_ses-2_desc-icac_report.json"
    assert names.usual("dicom_segmentation") == "dicom/sub-1_ses-2_icac_seg.dcm"
    assert all(Path(name).name.startswith("sub-1_ses-2_") for name in names.every())
    assert len(set(names.every())) == sum(map(len, ENDINGS.values()))


def test_a_result_has_its_record_and_a_mask() -> None:
    assert is_result(["report.json", "icac.nrrd", "notes.txt"])
    assert not is_result(["icac.nrrd"]) and not is_result(["report.json", "icac.seg.nrrd"])


def test_files_are_found_with_either_ending(tmp_path: Path) -> None:
    folder = make(tmp_path / "result", "icac.nrrd", "icac.seg.nrrd", "report.json", "probability.nrrd")
    assert find_file(folder, "mask") == find_mask(folder) == folder / "icac.nrrd"
    assert find_file(folder, "overview") is None
    assert find_mask(make(tmp_path / "segments", "icac.seg.nrrd")) == tmp_path / "segments" / "icac.seg.nrrd"


def test_only_masks_of_ours_have_files_beside_them(tmp_path: Path) -> None:
    folder = make(tmp_path / "result", "icac.nii.gz", "drawn.nii.gz", "report.json")
    assert find_beside(folder / USUAL_NAMES.usual("mask"), "report") == folder / "report.json"
    assert find_beside(folder / "drawn.nii.gz", "report") is None
