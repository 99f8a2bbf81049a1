from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from icac.anatomy import SEGMENTS
from icac.ct.series.choose import asked_for
from icac.ct.series.info import SeriesInfo
from icac.report.record import SCHEMA_PATH, build_record, write_record
from icac.result import ModelIdentity, SegmentedScan


@pytest.fixture(scope="module")
def validator() -> jsonschema.protocols.Validator:
    schema = json.loads(SCHEMA_PATH.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_records_follow_the_schema(any_frame_content: SegmentedScan, empty_content: SegmentedScan,
                                   validator: jsonschema.protocols.Validator) -> None:
    for content in (any_frame_content, empty_content):
        validator.validate(json.loads(json.dumps(build_record(content, {"mask": "icac.nii.gz"}))))


@pytest.mark.parametrize("path", [("notice",), ("totals", "right"), ("lesions", 0, "side"), ("model", "checksum")])
def test_the_schema_wants_every_key(content: SegmentedScan, path: tuple,
                                    validator: jsonschema.protocols.Validator) -> None:
    record = copy.deepcopy(build_record(content))
    inner = record
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(record)


def test_totals_are_the_sums_of_the_lesions(content: SegmentedScan) -> None:
    record = build_record(content)
    totals, lesions = record["totals"], record["lesions"]
    assert totals["volume_mm3"] == pytest.approx(10 * 1.6)
    assert totals["right"]["volume_mm3"] == pytest.approx(3 * 1.6)
    assert totals["left"]["volume_mm3"] == pytest.approx(7 * 1.6)
    assert totals["lesions"] == totals["right"]["lesions"] + totals["left"]["lesions"] == 3
    assert totals["expected_volume_mm3"] == pytest.approx(10 * 1.6 * 0.75)
    for segment in SEGMENTS:
        column = f"volume_{segment.name.lower()}_mm3"
        assert totals["volume_by_segment_mm3"][segment.name] == pytest.approx(sum(le[column] for le in lesions))
    assert totals["agatston_score"] == pytest.approx(sum(le["agatston_score"] for le in lesions), abs=1e-3)


def test_notice_says_research_only_once() -> None:
    simulated = ModelIdentity("m", "1", "", "weights trained on simulated scans; research use only")
    assert simulated.full_notice == ("Weights trained on simulated scans; research use only. "
                                     "Not a medical device.")
    assert ModelIdentity("m", "1", "", "").full_notice == "For research use only; not a medical device."


def test_provenance_is_complete(content: SegmentedScan) -> None:
    record = build_record(content)
    assert record["notice"] == "Weights trained on simulated scans. For research use only; not a medical device."
    assert record["model"] == {"name": "sim-test", "version": "0.1.0", "checksum": "cd" * 32}
    assert record["input"]["identity"]["sha256"] == "ab" * 32
    assert record["input"]["corrections"] == ["Uneven slices were made even."]
    assert record["warnings"] == ["The slices are thick."]
    assert record["seconds"] == {"read": 0.5, "segment": 2.25}
    assert record["settings"]["calcium_threshold_hu"] == 130
    assert record["software"]["numpy"] == np.__version__


def test_the_choice_among_series_stands_in_the_record_without_names_if_they_are_hidden(
        content: SegmentedScan, validator: jsonschema.protocols.Validator) -> None:
    infos = [SeriesInfo("1.4", "4", "Jane Doe thin", "CT", 160, 1.0, "H31s", ""),
             SeriesInfo("1.5", "5", "Jane Doe thick", "CT", 32, 5.0, "H31s", ""),
             SeriesInfo("1.1", "1", "Scout", "CT", 1, None, "", "localizer")]
    chosen = replace(content, scan=replace(content.scan, choice=asked_for(infos, infos[1], "Jane Doe thick")))
    record = json.loads(json.dumps(build_record(chosen)))
    validator.validate(record)
    told = record["input"]["series_choice"]
    assert [(one["number"], one["status"]) for one in told["series"]] == [
        ("5", "chosen"), ("4", "not chosen"), ("1", "left out")]
    assert "The rule would have taken 4 'Jane Doe thin'." in told["statement"]
    hidden = build_record(chosen.without_names())["input"]["series_choice"]
    assert "Doe" not in json.dumps(hidden) and hidden["series"][0]["number"] == "5"


def test_geometry_of_a_tilted_stack(sheared_content: SegmentedScan) -> None:
    geometry = build_record(sheared_content)["geometry"]
    assert geometry["sheared"] is True
    assert geometry["voxel_volume_mm3"] == pytest.approx(1.0 * 0.76 * 2.0)
    assert geometry["voxel_volume_mm3"] < np.prod(geometry["spacing_xyz_mm"])
    assert geometry["size_xyz"] == [80, 60, 34]


def test_the_file_reads_back_as_the_record(content: SegmentedScan, tmp_path: Path) -> None:
    record = build_record(content)
    path = write_record(record, tmp_path / "report.json")
    text = path.read_text(encoding="utf-8")
    assert json.loads(text) == record
    assert '"size_xyz": [ 80, 60, 34 ]' in text


def test_not_a_number_is_refused(content: SegmentedScan, tmp_path: Path) -> None:
    record = build_record(replace(content, threshold=float("nan")))
    with pytest.raises(ValueError, match="JSON"):
        write_record(record, tmp_path / "report.json")
