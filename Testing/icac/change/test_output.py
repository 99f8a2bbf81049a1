"""The files of a change: their form, what they say, and that they are there together or not at all."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import date

import jsonschema
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
from icac.change import measure_change
from icac.change.colors import STATE_COLORS
from icac.change.output import (
    LESION_COLUMNS,
    SCHEMA_PATH,
    WRITTEN,
    change_record,
    change_text,
    lesion_rows,
    write_change,
)
from icac.change.result import State
from icac.ct.images import load
from icac.errors import OutputError
from icac.geometry import lps_to_ras
from PIL import Image


@pytest.fixture
def change(before, after, limits):
    return measure_change(before, after, limits=limits)


@pytest.fixture(scope="module")
def validator():
    schema = json.loads(SCHEMA_PATH.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_records_follow_the_schema(change, make_scan, limits, validator, boxes):
    none = measure_change(make_scan("A", ()), make_scan("B", ()), limits=limits)
    undated = measure_change(make_scan("A", ()), make_scan("B", boxes.after), limits=limits)
    for one in (change, none, undated):
        validator.validate(json.loads(json.dumps(change_record(one), allow_nan=False)))


def test_the_schema_wants_every_key_and_no_other(change, validator):
    record = change_record(change)
    for key in ("first", "totals", "years", "alignment"):
        with pytest.raises(jsonschema.ValidationError):
            validator.validate({name: value for name, value in record.items() if name != key})
    with pytest.raises(jsonschema.ValidationError):
        validator.validate({**record, "patient": "Smith"})


def test_all_files_are_written_and_agree(change, tmp_path, validator):
    files = write_change(tmp_path, change)
    assert {path.name for path in tmp_path.iterdir()} <= set(WRITTEN) and len(files) == 7
    record = json.loads((tmp_path / "change.json").read_text(encoding="utf-8"))
    validator.validate(record)
    assert record["files"]["picture"] == "change.png"
    rows = list(csv.DictReader((tmp_path / "lesions_changed.csv").open(encoding="utf-8")))
    assert tuple(rows[0]) == LESION_COLUMNS
    assert [row["state"] for row in rows] == [row["state"] for row in record["lesions"]]
    totals = list(csv.DictReader((tmp_path / "totals_changed.csv").open(encoding="utf-8")))
    assert [row["part"] for row in totals] == ["all", "right", "left", "C2", "C3", "C4", "C5", "C6", "C7"]
    assert float(totals[0]["change_mm3"]) == pytest.approx(change.total.change_mm3, abs=1e-3)


def test_maps_name_the_rows_of_the_table(change, tmp_path):
    write_change(tmp_path, change)
    for name, second in (("states_before", False), ("states_after", True)):
        path = next(tmp_path.glob(f"{name}.*"))
        rows = load(path, "nrrd" if path.suffix == ".nrrd" else "nifti").layers.reshape(change.first.ct.array.shape)
        for lesion in change.lesions:
            amount = lesion.amounts.after_mm3 if second else lesion.amounts.before_mm3
            assert np.count_nonzero(rows == lesion.number) * change.first.ct.frame.voxel_volume_mm3 == pytest.approx(
                amount)


def test_the_transform_leads_from_the_first_to_the_second_scan(change, tmp_path):
    matrix = np.array([[0.0, -1, 0, 3], [1, 0, 0, -8], [0, 0, 1, 40], [0, 0, 0, 1]])
    moved = replace(change, alignment=replace(change.alignment, moving_to_fixed=matrix))
    write_change(tmp_path, moved)
    transform = sitk.ReadTransform(str(tmp_path / "second_to_first.tfm"))
    point = np.array([5.0, 6.0, 7.0])
    in_first = matrix[:3, :3] @ point + matrix[:3, 3]
    assert transform.TransformPoint(in_first.tolist()) == pytest.approx(point)


def test_positions_are_those_of_slicer(change):
    row = next(row for row in lesion_rows(change) if row["state"] == "stable")
    lesion = next(one for one in change.lesions if one.state is State.STABLE)
    assert [row[f"before_{axis}_mm"] for axis in ("right", "anterior", "superior")] == pytest.approx(
        lps_to_ras(lesion.before[0].center_lps_mm), abs=1e-3)
    assert row["side"] == "right" and row["before_right_mm"] > 0


def test_the_picture_shows_lesions_in_the_color_of_their_state(change, tmp_path):
    write_change(tmp_path, change)
    found = {tuple(color) for color in np.array(Image.open(tmp_path / "change.png")).reshape(-1, 3)}
    assert {STATE_COLORS[lesion.state] for lesion in change.lesions} <= found


def test_the_text_says_what_counts(change, make_scan, limits):
    text = change_text(change)
    assert "From A (2020-01-01) to B (2023-01-01), 3.0 years" in text
    assert "1 new, 1 grown, 1 stable, 1 gone, 1 merged" in text and "A year" in text
    none = change_text(measure_change(make_scan("A", (), date(2020, 1, 1)), make_scan("B", ()), limits=limits))
    assert "none in either scan" in none and "A year" not in none


def test_no_change_is_told_of_what_one_scan_does_not_show(change, tmp_path, validator):
    place = next(n for n, one in enumerate(change.lesions) if one.state is State.GROWN)
    cut = replace(change.lesions[place], state=State.OUTSIDE)
    cut_off = replace(change, lesions=(*change.lesions[:place], cut, *change.lesions[place + 1:]))
    write_change(tmp_path, cut_off)
    validator.validate(json.loads((tmp_path / "change.json").read_text(encoding="utf-8")))
    row = list(csv.DictReader((tmp_path / "lesions_changed.csv").open(encoding="utf-8")))[place]
    assert row["state"] == "outside" and float(row["before_mm3"]) > 0 and float(row["after_mm3"]) > 0
    assert row["hu_before"] and row["hu_after"]
    told = LESION_COLUMNS[LESION_COLUMNS.index("change_mm3"):LESION_COLUMNS.index("hu_before")]
    assert {row[column] for column in (*told, "hu_change")} == {""} and "beyond_noise" in told
    [line] = [line for line in change_text(cut_off).splitlines() if line.endswith("  outside")]
    assert line.split()[-4:-1] == ["-", "-", "-"] and "beyond" not in line


def test_what_is_unsure_has_amounts_and_no_verdict(change, tmp_path, validator):
    place = next(n for n, one in enumerate(change.lesions) if one.state is State.GONE)
    one = replace(change.lesions[place], state=State.UNSURE, there_hu=92.04)
    unsure = replace(change, lesions=(*change.lesions[:place], one, *change.lesions[place + 1:]))
    write_change(tmp_path, unsure)
    validator.validate(json.loads((tmp_path / "change.json").read_text(encoding="utf-8")))
    row = list(csv.DictReader((tmp_path / "lesions_changed.csv").open(encoding="utf-8")))[place]
    assert (row["state"], row["hu_there"]) == ("unsure", "92.0") and float(row["change_mm3"]) < 0
    assert [row[name] for name in ("beyond_noise", "trend", "change_mm3_per_year", "change_percent_per_year")] == [
        "", "", "", ""]
    [line] = [line for line in change_text(unsure).splitlines() if line.endswith("  unsure")]
    assert "beyond" not in line


def test_a_folder_that_cannot_be_made_is_one_sentence(change, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        write_change(tmp_path / "file", change)


def test_results_of_before_are_replaced_as_a_whole(change, before, limits, tmp_path, boxes):
    write_change(tmp_path, change)
    (tmp_path / "mine.txt").write_text("kept")
    write_change(tmp_path, measure_change(before, before, limits=limits))
    record = json.loads((tmp_path / "change.json").read_text(encoding="utf-8"))
    assert record["states"]["stable"] == len(boxes.before) and (tmp_path / "mine.txt").exists()
