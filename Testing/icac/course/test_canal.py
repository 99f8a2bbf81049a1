import numpy as np
import pytest
from icac.anatomy import Course, Side
from icac.course.canal import with_measured_canal


@pytest.fixture
def course():
    """40 mm, the first 20 of it in the canal, 2 mm wide there and 3 after."""
    s = np.arange(0.0, 40.01, 0.5)
    return Course(Side.LEFT, np.stack([s * 0, s * 0, s], axis=1), np.where(s < 20, 2.0, 3.0),
                  np.where(s < 20, 2, 4))


def seen(course, scale, stations=41):
    """What a lumen ``scale`` times as wide shows at each station."""
    radius = np.interp(np.linspace(0, 40, stations), course.arc_length_mm, course.radius_mm)
    return np.pi * (scale * radius) ** 2 * 40 / (stations - 1)


@pytest.mark.parametrize(("real", "believed"), [(1.0, 1.0), (0.8, 0.8), (1.1, 1.1), (0.3, 0.7), (2.0, 1.2)])
def test_the_canal_is_as_wide_as_it_is_seen_within_what_is_believed(course, real, believed):
    found = with_measured_canal(course, seen(course, real))
    in_canal = course.segment == 2
    assert found.radius_mm[in_canal] == pytest.approx(2.0 * believed)
    assert found.radius_mm[course.arc_length_mm > 24] == pytest.approx(3.0)
    assert np.all(found.points == course.points)


def test_the_end_that_goes_on_below_does_not_count(course):
    amount = seen(course, 0.9)
    amount[:3] = 0.0
    assert with_measured_canal(course, amount).radius_mm[5] == pytest.approx(1.8)


def test_a_course_without_a_canal_is_left_as_it_is(course):
    siphon = Course(course.side, course.points, course.radius_mm, np.full(len(course.points), 5))
    assert with_measured_canal(siphon, seen(course, 0.5)) is siphon
