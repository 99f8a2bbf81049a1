"""Visual scores: proposed by the rules, which users can change, and refused where a file holds none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from icac.anatomy import Side
from icac.errors import InputError
from icac.scores import load_rules, propose_scores, rules_in, usual_rules
from icac.scores.propose import scores_record, woodcock_sum
from icac.scores.rules import USUAL_PATH

FORM = {"section_thickness_mm": 1.2, "max_arc_deg": 60.0, "longest_run_mm": 8.0, "length_mm": 10.0,
        "opposed_length_mm": 0.0}
LESION = {"side": "left", "length_mm": 8.0, "volume_mm3": 10.0, "bone_contact_share": 0.0}
NOTHING = {"section_thickness_mm": None, "max_arc_deg": None, "longest_run_mm": 0.0, "length_mm": 0.0,
           "opposed_length_mm": 0.0}


def left_score(form: dict = {}, lesion: dict = {}, rules=None):  # noqa: B006 - neither is changed
    report = {"morphometry": {"left": {**FORM, **form}, "right": NOTHING}, "lesions": [{**LESION, **lesion}]}
    return propose_scores(report, rules)[Side.LEFT]


@pytest.mark.parametrize(("form", "lesion", "item", "grade"), [
    ({}, {}, "circularity", "small_arc"),
    ({}, {"length_mm": 2.0}, "circularity", "dots"),
    ({"max_arc_deg": 90.0}, {"length_mm": 2.0}, "circularity", "half_arc"),
    ({"max_arc_deg": 270.0}, {}, "circularity", "ring"),
    ({"section_thickness_mm": 1.49}, {}, "thickness", "thin"),
    ({"section_thickness_mm": 1.5}, {}, "thickness", "thick"),
    ({}, {}, "morphology", "continuous"),
    ({"longest_run_mm": 4.9}, {}, "morphology", "patchy"),
    ({"length_mm": 17.0}, {}, "morphology", "patchy"),
    ({}, {"voxels": 2}, "morphology", "continuous"),
    ({}, {"voxels": 1}, "morphology", "patchy"),
    ({}, {"voxels": 1}, "woodcock", "thin_discontinuous"),
    ({}, {"bone_contact_share": 0.3}, "morphology", "indistinguishable"),
    ({}, {}, "woodcock", "thin_continuous"),
    ({"section_thickness_mm": 2.0, "length_mm": 17.0}, {}, "woodcock", "thick_discontinuous"),
    ({"opposed_length_mm": 5.0}, {}, "woodcock", "double_tracks")])
def test_grades_follow_from_the_measures(form: dict, lesion: dict, item: str, grade: str) -> None:
    assert left_score(form, lesion).grades[item] == grade


def test_sums_and_type() -> None:
    thin = left_score()
    assert (thin.kockelkoren, thin.type, thin.woodcock) == (2 + 3 + 4, "medial", 2)
    thick = left_score({"section_thickness_mm": 2.0, "longest_run_mm": 3.0})
    assert (thick.kockelkoren, thick.type, thick.woodcock) == (2 + 1 + 1, "intimal", 2)


def test_an_artery_without_calcium_is_absent_and_one_on_no_wall_is_unknown() -> None:
    report = {"morphometry": {"left": {**FORM, "section_thickness_mm": None}, "right": NOTHING}, "lesions": [LESION]}
    scores = propose_scores(report)
    assert (scores[Side.RIGHT].kockelkoren, scores[Side.RIGHT].type, scores[Side.RIGHT].woodcock) == (0, "absent", 0)
    assert (scores[Side.LEFT].kockelkoren, scores[Side.LEFT].type, scores[Side.LEFT].woodcock) == (None, None, None)
    assert woodcock_sum(scores) is None


def changed(tmp_path: Path, *path: str, value: object) -> Path:
    rules = json.loads(USUAL_PATH.read_text(encoding="utf-8"))
    inner = rules
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(rules), encoding="utf-8")
    return file


def test_limits_and_points_are_those_of_the_file(tmp_path: Path) -> None:
    thinner = load_rules(changed(tmp_path, "limits", "thick_mm", value=1.0))
    assert left_score(rules=thinner).grades["thickness"] == "thick"
    assert left_score(rules=thinner).kockelkoren == 2 + 1 + 4
    more = load_rules(changed(tmp_path, "woodcock", "thin_continuous", value=7))
    assert left_score(rules=more).woodcock == 7


@pytest.mark.parametrize(("path", "value", "words"), [
    (("limits", "arcs_deg"), [270, 90], "the limits of arcs must grow"),
    (("limits", "thick_mm"), "thick", "'thick' is not a number"),
    (("limits", "thick_mm"), -1, "-1 is not a number of 0 or more"),
    (("limits", "thickness"), 1, "limits has 'thickness', which is none of dot_mm"),
    (("woodcock",), {"none": 0}, "lacks 'thin_discontinuous'"),
    (("kockelkoren", "circularity"), 3, "of the wrong kind")])
def test_a_file_that_holds_no_rules_is_refused_in_a_sentence(tmp_path: Path, path: tuple, value: object,
                                                             words: str) -> None:
    with pytest.raises(InputError, match=words):
        load_rules(changed(tmp_path, *path, value=value))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.json holds no rules"):
        load_rules(tmp_path / "none.json")


def test_a_report_tells_the_rules_it_follows(tmp_path: Path) -> None:
    mine = load_rules(changed(tmp_path, "limits", "thick_mm", value=1.0))
    report = {"morphometry": {"left": FORM, "right": NOTHING}, "lesions": [LESION]}
    report["scores"] = json.loads(json.dumps(scores_record(propose_scores(report, mine), mine)))
    assert rules_in(report) == mine
    assert rules_in({}) == usual_rules()
