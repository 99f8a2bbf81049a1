from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from icac.anatomy import Side
from icac.course import CourseFit
from icac.reference import load_reference
from icac.registration.result import Registration
from icac.report.content import ReportContent
from icac.report.courses import courses_of_report
from icac.report.record import build_record


def test_courses_are_those_of_the_measurement(content: ReportContent) -> None:
    fits = {side: CourseFit(course, 0.9, 2.5, True) for side, course in content.courses.items()}
    record = json.loads(json.dumps(build_record(replace(content, course_fits=fits))))
    assert record["courses"]["left"]["fitted"] and record["courses"]["left"]["moved_mm"] == 2.5
    found = courses_of_report(record)
    for side in Side:
        assert found[side].side is side
        assert found[side].points == pytest.approx(content.courses[side].points, abs=1e-3)
        assert found[side].radius_mm == pytest.approx(content.courses[side].radius_mm, abs=1e-3)
        assert (found[side].segment == content.courses[side].segment).all()


def test_courses_of_older_reports_are_those_of_the_registration(content: ReportContent) -> None:
    angle = 0.3
    pose = np.array([[np.cos(angle), -np.sin(angle), 0, 12.0], [np.sin(angle), np.cos(angle), 0, -5.0],
                     [0, 0, 1, 900.0], [0, 0, 0, 1]])
    registration = Registration(pose, 0.8, 1.0, None)
    expected = registration.scan_courses(load_reference().courses)
    record = build_record(replace(content, registration=registration))
    del record["courses"]
    found = courses_of_report(record)
    for side in Side:
        assert found[side].points == pytest.approx(expected[side].points, abs=1e-6)
        assert found[side].side is side


@pytest.mark.parametrize("registration", [{}, {"reference_to_scan_lps_mm": [[1, 0], [0, 1]]}])
def test_reports_without_alignment(registration: dict) -> None:
    with pytest.raises((KeyError, ValueError)):
        courses_of_report({"registration": registration})
