"""Readings: everyone's are kept, with who and when; damaged files are refused and left alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from icac.anatomy import Side
from icac.errors import InputError
from icac.scores import usual_rules
from icac.scores.grades import ITEMS
from icac.scores.reading import Reading, add_reading, last_of, load_readings, parse_readings, readings_text

ABSENT = {"circularity": "absent", "thickness": "absent", "morphology": "indistinguishable", "woodcock": "none"}
THIN = {"circularity": "ring", "thickness": "thin", "morphology": "continuous", "woodcock": "thin_continuous"}
UNKNOWN = dict.fromkeys(ITEMS)


def reading(by: str = "A. Reader", right: dict = THIN) -> Reading:
    return Reading.now(by, {Side.RIGHT: right, Side.LEFT: ABSENT}, {Side.RIGHT: UNKNOWN, Side.LEFT: ABSENT},
                       usual_rules())


def test_readings_come_back_and_nobody_replaces_another(tmp_path: Path) -> None:
    path = tmp_path / "case" / "scores.json"
    for one in (reading(), reading("B. Reader", ABSENT), reading(right=ABSENT)):
        add_reading(path, one)
    readings = load_readings(path)
    assert [one.by for one in readings] == ["A. Reader", "B. Reader", "A. Reader"]
    assert readings[0].grades == {Side.RIGHT: THIN, Side.LEFT: ABSENT}
    assert readings[0].proposed[Side.RIGHT] == UNKNOWN
    assert readings[0].scores["right"]["type"] == "medial"
    assert readings[0].scores["rules"] == usual_rules().record
    assert last_of(readings, "A. Reader").grades[Side.RIGHT] == ABSENT
    assert last_of(readings, "C. Reader") is None
    assert parse_readings(readings_text(readings), "The scene") == readings


def test_a_reader_has_a_name() -> None:
    with pytest.raises(InputError, match="Type your name"):
        reading(" ")


@pytest.mark.parametrize("damage", [lambda r: r["readings"][0]["scores"]["right"].update(woodcock="triple"),
                                    lambda r: r["readings"][0].pop("by"), lambda r: r.update(format="2.0"),
                                    lambda r: r.update(readings=3)])
def test_a_damaged_file_is_refused_and_stays(tmp_path: Path, damage) -> None:
    path = add_reading(tmp_path / "scores.json", reading())
    record = json.loads(path.read_text(encoding="utf-8"))
    damage(record)
    path.write_text(json.dumps(record), encoding="utf-8")
    before = path.read_bytes()
    with pytest.raises(InputError, match="holds no visual scores"):
        add_reading(path, reading())
    assert path.read_bytes() == before
