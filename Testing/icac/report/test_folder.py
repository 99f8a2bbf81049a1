from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
from icac.ct import write_volume
from icac.errors import OutputError
from icac.geometry import Volume
from icac.report import check_writable, write_results
from icac.report import folder as folder_module
from icac.result import SegmentedScan


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_folder_holds_all_results(content: SegmentedScan, tmp_path: Path) -> None:
    target = tmp_path / "deep" / "results"
    written = write_results(target, content)
    assert names(target) == {"icac.nii.gz", "icac.seg.nrrd", "lesions.csv", "overview.png", "report.json"}
    assert {path.name for path in written.values()} == names(target)
    labels = Volume.from_sitk(sitk.ReadImage(str(written["mask"])))
    assert labels.frame.matches(content.scan.volume.frame)
    assert np.array_equal(labels.array, content.labels)
    record = json.loads(written["report"].read_text(encoding="utf-8"))
    assert record["files"] == {role: path.name for role, path in written.items() if role != "report"}


def test_volumes_of_a_tilted_stack_are_nrrd(sheared_content: SegmentedScan, tmp_path: Path) -> None:
    written = write_results(tmp_path, sheared_content, save_probability=True)
    assert written["mask"].name == "icac.nrrd"
    assert written["probability"].name == "probability.nrrd"
    back = Volume.from_sitk(sitk.ReadImage(str(written["probability"])))
    assert back.frame.matches(sheared_content.scan.volume.frame)
    assert np.array_equal(back.array, sheared_content.probability)


def test_a_scan_that_was_resampled_is_written_on_the_voxels_of_its_mask(content: SegmentedScan, tmp_path: Path) -> None:
    content = replace(content, scan=replace(content.scan, resampled=True))
    ct = Volume.from_sitk(sitk.ReadImage(str(write_results(tmp_path, content)["ct"])))
    assert ct.frame.matches(content.scan.volume.frame)
    assert np.array_equal(ct.array, content.scan.volume.array)


def test_unwritable_places_are_named_before_a_run(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(OutputError, match=r"taken is a file; choose another folder\.$"):
        check_writable(tmp_path / "taken" / "results")
    check_writable(tmp_path / "new" / "results")
    assert names(tmp_path) == {"taken"}


def test_old_results_go_and_other_files_stay(content: SegmentedScan, sheared_content: SegmentedScan,
                                             tmp_path: Path) -> None:
    write_results(tmp_path, content, save_probability=True)
    (tmp_path / "notes.txt").write_text("mine")
    write_results(tmp_path, sheared_content)
    assert names(tmp_path) == {"icac.nrrd", "icac.seg.nrrd", "lesions.csv", "overview.png", "report.json",
                               "notes.txt"}


def test_segments_per_side_on_request(content: SegmentedScan, tmp_path: Path) -> None:
    image = sitk.ReadImage(str(write_results(tmp_path, content, by_side=True)["segmentation"]))
    assert image.GetMetaData("Segment1_Name") == "ICAC left"


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_a_stopped_run_leaves_the_old_results(content: SegmentedScan, empty_content: SegmentedScan, tmp_path: Path,
                                              monkeypatch: pytest.MonkeyPatch, error: type) -> None:
    write_results(tmp_path, content)
    before = contents(tmp_path)

    def stop(*_: object) -> None:
        raise error

    monkeypatch.setattr(folder_module, "write_overview", stop)
    with pytest.raises(error):
        write_results(tmp_path, empty_content)
    assert contents(tmp_path) == before


def test_a_run_stopped_while_renaming_leaves_no_record(content: SegmentedScan, empty_content: SegmentedScan,
                                                       tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_results(tmp_path, content)
    replace_file, moved = os.replace, []

    def stop_at_the_third(source: Path, target: Path) -> None:
        if Path(target).parent == tmp_path:
            moved.append(target)
            if len(moved) == 3:
                raise KeyboardInterrupt
        replace_file(source, target)

    monkeypatch.setattr(folder_module.os, "replace", stop_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        write_results(tmp_path, empty_content)
    assert len(moved) == 3
    assert "report.json" not in names(tmp_path)
    assert not [name for name in names(tmp_path) if name.startswith(".")]


def test_a_failed_first_run_takes_its_folder_back(content: SegmentedScan, tmp_path: Path,
                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder_module, "write_record", fail)
    with pytest.raises(OutputError, match="No space left on device"):
        write_results(tmp_path / "new", content)
    assert not (tmp_path / "new").exists()


def test_a_file_in_place_of_the_folder_is_told_in_one_sentence(content: SegmentedScan, tmp_path: Path) -> None:
    target = tmp_path / "results"
    target.write_text("in the way")
    with pytest.raises(OutputError, match=r"results cannot be written .*choose another place\.$"):
        write_results(target, content)
    assert target.read_text() == "in the way"


def test_a_read_only_place_is_told_in_one_sentence(content: SegmentedScan) -> None:
    target = Path("/proc/icac-results")
    if not Path("/proc").is_dir():
        pytest.skip("needs a file system in which no folder can be made (/proc)")
    with pytest.raises(OutputError, match="/proc/icac-results cannot be written"):
        write_results(target, content)


@pytest.mark.parametrize("name", ["icac.nii.gz", "ct_resampled.nii.gz", "probability.nrrd"])
def test_a_scan_called_like_a_result_is_not_replaced(content, tmp_path, name):
    path = write_volume(content.scan.volume, tmp_path / name)
    before = path.read_bytes()
    with pytest.raises(OutputError, match="what is to be read"):
        write_results(tmp_path, replace(content, scan=replace(content.scan, path=path)))
    assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == [name]
