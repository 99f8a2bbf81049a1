"""How far calcium may lie outside the lumen: less in the bony canal, which the artery fills."""

from __future__ import annotations

import numpy as np
import pytest
from icac.anatomy import Course, Side
from icac.course.reach import in_canal, outside_lumen_mm, reached

_POINTS = np.stack([np.full(101, 20.0), np.zeros(101), np.linspace(-20, 20, 101)], axis=1)
_SEGMENT = np.repeat([2, 3, 4, 5, 6, 7], [21, 20, 15, 15, 15, 15])
COURSE = Course(Side.LEFT, _POINTS, np.full(101, 2.0), _SEGMENT)


@pytest.mark.parametrize(("z_mm", "outside_mm", "counts"), [
    (-15.0, 2.2, True), (-15.0, 2.8, False), (-6.0, 2.2, True), (-6.0, 2.8, False), (5.0, 3.8, True), (5.0, 4.3, False),
], ids=["petrous", "petrous, in bone", "lacerum", "lacerum, in bone", "siphon", "siphon, too far"])
def test_reach_is_less_in_the_canal(z_mm, outside_mm, counts):
    point = np.array([[20.0, 2.0 + outside_mm, z_mm]])
    nearest = COURSE.nearest(point)
    assert outside_lumen_mm(COURSE, nearest) == pytest.approx([outside_mm], abs=0.01)
    assert in_canal(nearest) == (z_mm < -4)
    assert reached(point, COURSE, nearest) == counts


def test_within_the_lumen_the_distance_is_negative():
    assert outside_lumen_mm(COURSE, COURSE.nearest(np.array([[20.5, 0.0, 0.0]]))) == pytest.approx([-1.5], abs=0.01)
