from __future__ import annotations

import numpy as np
import pytest
from icac.anatomy import SEGMENTS, Side
from icac.phantom import HeadParameters, mean_head
from icac.phantom.artery.carotid import CONTROL_POINTS, STEP_MM, centerline


@pytest.mark.parametrize("side", Side)
def test_mean_course_passes_its_control_points_in_order(side):
    course = centerline(HeadParameters(), side)
    sign = 1 if side is Side.RIGHT else -1
    nearest = [course.nearest(np.array([p]) * (sign, 1, 1)) for _, p, _, _ in CONTROL_POINTS]
    assert max(n.distance_mm[0] for n in nearest) < 0.25
    assert (np.diff([n.sample[0] for n in nearest]) > 0).all()
    assert np.linalg.norm(np.diff(course.points, axis=0), axis=1).max() <= 1.3 * STEP_MM


def test_published_lengths_are_reproduced():
    course = centerline(HeadParameters(), Side.RIGHT)
    assert course.arc_length_mm[-1] == pytest.approx(85, abs=6)  # 81 mm along straight pieces
    inner_gap = 2 * (np.abs(course.points[:, 0]) - course.radius_mm).min()
    assert inner_gap == pytest.approx(13.3, abs=1.0)
    assert 2 * course.radius_mm[0] == pytest.approx(4.67, abs=0.01)
    assert 2 * course.radius_mm[-1] == pytest.approx(2.71, abs=0.01)


def test_segments_follow_the_flow():
    course = centerline(HeadParameters(), Side.LEFT)
    assert set(course.segment) == {int(s) for s in SEGMENTS}
    assert (np.diff(course.segment) >= 0).all()


def test_courses_are_lps_so_the_right_artery_has_negative_x():
    courses = mean_head().courses
    assert courses[Side.RIGHT].points[:, 0].max() < 0
    assert courses[Side.LEFT].points[:, 0].min() > 0
    assert courses[Side.LEFT].points[0, 2] < courses[Side.LEFT].points[-1, 2]
