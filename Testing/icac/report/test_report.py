"""A report that was written says, read again, what was measured."""

from __future__ import annotations

from dataclasses import astuple, replace
from pathlib import Path

import numpy as np
import pytest
from icac.anatomy import Side
from icac.ct.harmonise import Harmonisation
from icac.errors import InputError
from icac.registration.result import Registration
from icac.report import Report, write_results
from icac.report.record import build_record
from icac.result import MeasuredQuality, SegmentedScan
from icac.result_files import bids_names


@pytest.fixture
def written(content: SegmentedScan, tmp_path: Path) -> Report:
    return Report.load(write_results(tmp_path / "results", content)["report"])


def test_a_report_tells_what_was_measured(content: SegmentedScan, written: Report) -> None:
    for side, amount in ((None, content.burden.total), *content.burden.by_side.items()):
        found = written.amount(side)
        assert found.lesions == amount.lesions
        assert found.volume_mm3 == pytest.approx(amount.volume_mm3, abs=1e-4)
        assert found.expected_volume_mm3 == pytest.approx(amount.expected_volume_mm3, abs=1e-4)
    assert written.amount(Side.LEFT).volume_mm3 > written.amount(Side.RIGHT).volume_mm3
    assert (written.model, written.model_version, written.threshold) == ("sim-test", "0.1.0", content.threshold)
    assert written.algorithm_name == "ICACSegmentation sim-test 0.1.0"
    assert written.notice == content.model.full_notice and written.warnings == content.warnings
    assert written.seconds == dict(content.seconds)
    assert Path(written.input_path) == content.scan.path


def test_the_scan_comes_back_in_the_form_in_which_it_was_measured(content: SegmentedScan) -> None:
    done = Harmonisation((0.6, float("nan"), 1.2), 20.0, (0.4, 0.5, 0.0))
    pose = Registration(np.eye(4), 0.8, 1.0, None)
    result = replace(content, registration=pose, quality=MeasuredQuality(content.scan.volume, done, 9.0))
    report = Report(build_record(result))
    np.testing.assert_equal(astuple(report.harmonisation), astuple(done))
    blurred = report.measured(content.scan.volume)
    assert (blurred.array != content.scan.volume.array).any()
    assert Report(build_record(content)).measured(content.scan.volume) is content.scan.volume


@pytest.mark.parametrize("sd_mm", [-0.35, 1e-320, 1e9, float("inf"), float("nan"), "wide"])
def test_a_blur_that_cannot_have_been_is_not_left_out_nor_tried(content: SegmentedScan, sd_mm: float | str) -> None:
    record = build_record(content)
    record["image_quality"]["blur_sd_xyz_mm"] = [0.4, sd_mm, 0.0]
    with pytest.raises(InputError, match="is not a report of 'icac segment'"):
        Report(record).measured(content.scan.volume)


def test_a_report_follows_its_scan_and_its_files(content: SegmentedScan, tmp_path: Path) -> None:
    named = replace(content, warnings=(f"{content.scan.path} has thick slices.",))
    folder = tmp_path / "cohort"
    names = bids_names("sub-1")
    report = Report.load(write_results(folder, named, names=names)["report"])
    assert set(report.files.values()) == {path.name for path in folder.iterdir()} - {names.usual("report")}
    moved = report.of_scan("CT").beside({role: f"new_{name}" for role, name in report.files.items()} | {"more": "x"})
    assert moved.input_path == "CT" and moved.warnings == ("CT has thick slices.",)
    assert moved.files == {role: f"new_{name}" for role, name in report.files.items()}
    assert report.input_path == str(content.scan.path)  # the other is another one
    again = Report.load(moved.write(tmp_path / "again.json"))
    assert again.record == moved.record == Report.parse(moved.text).record


@pytest.mark.parametrize("text", ["", "[]", "{", "\udcff"])
def test_what_is_no_report_is_one_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "report.json"
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(InputError, match=r"report\.json of case 7 is not a report of 'icac segment'"):
        Report.load(path, "case 7")
    with pytest.raises(InputError, match=r"absent\.json"):
        Report.load(tmp_path / "absent.json")


@pytest.mark.parametrize("name", ["courses", "files", "threshold", "input_path", "reference_to_scan", "seconds"])
@pytest.mark.parametrize("damage", [None, {}, [1, 2], "text"])
def test_what_is_missing_is_told_once_it_is_needed(name: str, damage: object) -> None:
    keys = ("courses", "files", "settings", "input", "registration", "seconds")
    report = Report(dict.fromkeys(keys, damage), "kept.json")
    if damage == {} and name in ("courses", "files", "seconds"):
        assert getattr(report, name) == {}
        return
    with pytest.raises(InputError, match=r"^kept\.json is not a report"):
        getattr(report, name)


def test_the_thickness_is_that_of_the_thickest_slice() -> None:
    for told, mm in (("4", 4.0), ("0.75 to 5", 5.0), ("", None)):
        assert Report({"input": {"identity": {"slice_thickness_mm": told}}}).thickness_mm == mm
    for told in ("thin", "-1", "nan", "0", "inf"):
        with pytest.raises(InputError, match="is not a report"):
            assert Report({"input": {"identity": {"slice_thickness_mm": told}}}).thickness_mm
