from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from icac.anatomy import Side
from icac.cli.segment import summary
from icac.course import CourseFit
from icac.errors import InputError
from icac.reference import load_reference
from icac.registration.result import Registration
from icac.report import Report
from icac.report.courses import courses_statement
from icac.report.record import build_record
from icac.result import SegmentedScan


def test_courses_are_those_of_the_measurement(content: SegmentedScan) -> None:
    fits = {side: CourseFit(course, 0.9, 2.5, True) for side, course in content.courses.items()}
    record = json.loads(json.dumps(build_record(replace(content, course_fits=fits))))
    assert record["courses"]["left"]["fitted"] and record["courses"]["left"]["moved_mm"] == 2.5
    found = Report(record).courses
    for side in Side:
        assert found[side].side is side
        assert found[side].points == pytest.approx(content.courses[side].points, abs=1e-3)
        assert found[side].radius_mm == pytest.approx(content.courses[side].radius_mm, abs=1e-3)
        assert (found[side].segment == content.courses[side].segment).all()


def test_the_text_of_a_result_says_what_the_fit_did(content: SegmentedScan) -> None:
    fits = {Side.RIGHT: CourseFit(content.courses[Side.RIGHT], 0.87, 1.26, True),
            Side.LEFT: CourseFit(content.courses[Side.LEFT], 0.234)}
    fitted = replace(content, course_fits=fits)
    lines = [line for line in summary(fitted).splitlines() if "Courses" in line]
    assert lines == [courses_statement(json.loads(json.dumps(build_record(fitted)))["courses"])]
    assert "right moved by 1.3 mm (87% of the artery seen)" in lines[0]
    assert "left as registered (23% of the artery seen)" in lines[0]


def test_without_a_search_for_the_arteries_nothing_is_said_of_it(content: SegmentedScan) -> None:
    assert courses_statement(build_record(content)["courses"]) is None
    assert "Courses" not in summary(content)


def test_courses_of_older_reports_are_those_of_the_registration(content: SegmentedScan) -> None:
    angle = 0.3
    pose = np.array([[np.cos(angle), -np.sin(angle), 0, 12.0], [np.sin(angle), np.cos(angle), 0, -5.0],
                     [0, 0, 1, 900.0], [0, 0, 0, 1]])
    registration = Registration(pose, 0.8, 1.0, None)
    expected = registration.scan_courses(load_reference().courses)
    record = build_record(replace(content, registration=registration))
    del record["courses"]
    found = Report(record).courses
    for side in Side:
        assert found[side].points == pytest.approx(expected[side].points, abs=1e-6)
        assert found[side].side is side


@pytest.mark.parametrize("registration", [{}, {"reference_to_scan_lps_mm": [[1, 0], [0, 1]]}])
def test_reports_without_alignment(registration: dict) -> None:
    with pytest.raises(InputError, match="lacks a part"):
        _ = Report({"registration": registration}).courses


@pytest.mark.parametrize(("part", "value"), [
    ("points_lps_mm", []), ("points_lps_mm", [[1.0, 2.0]]), ("points_lps_mm", [[None, 0, 0]]), ("radius_mm", [1.0]),
    ("points_lps_mm", [[1e308, 0, 0]]), ("segment", [9]), ("radius_mm", "x")])
def test_courses_that_make_no_sense_are_refused(content: SegmentedScan, part: str, value: object) -> None:
    record = json.loads(json.dumps(build_record(content)))
    kept = record["courses"]["left"]
    kept[part] = [*value, *kept[part][len(value):]] if part == "points_lps_mm" and value else value
    with pytest.raises(InputError, match="lacks a part"):
        _ = Report(record).courses
