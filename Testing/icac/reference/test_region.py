from __future__ import annotations

import numpy as np
from icac.geometry import Frame
from icac.reference import NETWORK_GRID, load_reference
from icac.reference.region import bounding_frame, course_distance_mm, region_mask


def test_region_is_the_tube_around_the_courses():
    courses = load_reference().courses
    frame = Frame.regular((2, 2, 2), (60, 60, 25), center=(0, 3, -7))
    mask = region_mask(frame, courses, 10.0)
    centers = frame.to_lps(np.moveaxis(np.indices(frame.size), 0, -1).reshape(-1, 3))
    distance = np.min([c.nearest(centers).distance_mm for c in courses.values()], axis=0)
    distance = distance.reshape(frame.size).transpose(2, 1, 0)
    assert mask[distance < 8.2].all()
    assert not mask[distance > 11.8].any()


def test_a_course_outside_the_grid_still_reaches_into_it():
    courses = load_reference().courses
    frame = Frame.regular((1, 1, 1), (30, 30, 10), center=(0, 3, 24))  # begins 5 mm above the terminus
    assert region_mask(frame, courses, 12.0).any()
    assert not region_mask(frame, courses, 3.0).any()


def test_bounding_frame_holds_the_mask_on_the_same_voxels():
    mask = np.zeros(NETWORK_GRID.shape, dtype=bool)
    mask[10:21, 30:33, 100:105] = True
    frame = bounding_frame(NETWORK_GRID, mask, (4, 4, 2))
    assert frame.size == (8, 8, 12)
    assert np.allclose(frame.to_lps((0, 0, 0)), NETWORK_GRID.to_lps((100, 28, 10)))


def test_course_distance_is_that_of_the_nearer_artery():
    courses = load_reference().courses
    frame = Frame.regular((3, 3, 3), (30, 20, 15), center=(4, 3, -7))
    mask = np.zeros(frame.shape, dtype=bool)
    mask[4, 7, 22] = mask[10, 2, 3] = True
    points = frame.to_lps([(22, 7, 4), (3, 2, 10)])
    expected = [min(np.linalg.norm(course.points - p, axis=1).min() for course in courses.values()) for p in points]
    assert np.allclose(course_distance_mm(frame, courses, mask), expected)
