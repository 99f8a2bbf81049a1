from __future__ import annotations

import numpy as np
import pytest
from icac.anatomy import Course, Side
from icac.geometry import Frame, Volume
from icac.phantom import mean_head
from icac.simulate.implant.fit_course import bone_share, fit_course

FRAME = Frame.regular((1.0, 1.0, 1.0), (60, 60, 64), center=(20, 5, -6))


@pytest.fixture(scope="module")
def head() -> Volume:
    return Volume(mean_head().render(FRAME).hu, FRAME)


def moved(course: Course, shift: tuple[float, float, float]) -> Course:
    matrix = np.eye(4)
    matrix[:3, 3] = shift
    return course.transformed(matrix)


@pytest.mark.parametrize("shift", [(0, 0, 0), (2.5, 1.5, 0), (-2, 0, 2)])
def test_a_misplaced_course_returns_to_its_canal(head, courses, shift):
    true = courses[Side.LEFT]
    wrong = moved(true, shift)
    fitted = fit_course(wrong, head)
    assert bone_share(fitted, head) < 0.05
    assert np.median(true.nearest(fitted.points).distance_mm) < 1.6
    if any(shift):
        assert bone_share(wrong, head) > 3 * bone_share(fitted, head)
    assert np.linalg.norm(fitted.points - wrong.points, axis=1).max() <= 5.5
    np.testing.assert_array_equal(fitted.segment, true.segment)


def test_in_even_tissue_a_course_stays_where_it_is(courses):
    even = Volume(np.full(FRAME.shape, 40.0, np.float32), FRAME)
    fitted = fit_course(courses[Side.LEFT], even)
    np.testing.assert_allclose(fitted.points, courses[Side.LEFT].points, atol=1e-6)


def test_air_is_avoided_but_not_in_a_bare_skull(courses):
    true = courses[Side.LEFT]
    edge = true.points[:, 0].argmax()
    hu = np.full(FRAME.shape, 40.0, np.float32)
    hu[:, :, int(FRAME.to_index(true.points)[:, 0].max()) - 1:] = -1000.0
    living, bare = (fit_course(true, Volume(hu, FRAME), dry) for dry in (False, True))
    assert living.points[edge, 0] < true.points[edge, 0] - 1.5
    np.testing.assert_allclose(bare.points, true.points, atol=1e-6)
