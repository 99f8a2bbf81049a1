from __future__ import annotations

import numpy as np
from icac.anatomy import Course, Segment, Side


def test_nearest_reports_distance_and_segment():
    points = np.array([[0.0, 0, z] for z in np.arange(0, 10, 0.5)])
    segment = np.where(points[:, 2] < 5, Segment.C2, Segment.C3)
    course = Course(Side.LEFT, points, np.full(len(points), 2.0), segment)
    near = course.nearest([[3.0, 0, 1], [0, 4.0, 8]])
    assert near.distance_mm.tolist() == [3, 4]
    assert near.segment.tolist() == [Segment.C2, Segment.C3]
    assert course.arc_length_mm[-1] == 9.5


def test_sides_are_of_the_patient():
    assert Side.LEFT.sign_x_lps == 1
    assert Side.RIGHT.sign_x_lps == -1
