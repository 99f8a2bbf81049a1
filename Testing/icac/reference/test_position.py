from __future__ import annotations

import numpy as np
import pytest
from icac.anatomy import Side
from icac.geometry import Frame
from icac.reference import load_reference
from icac.reference.position import CHANNELS, UNIT_MM, position_channels, reference_positions

FRAME = Frame.regular((0.5, 0.5, 0.75), (61, 40, 30), center=(12.0, 4.0, -6.0))


@pytest.fixture(scope="module")
def channels() -> np.ndarray:
    return reference_positions(FRAME)


def test_distance_and_offset_are_those_of_the_nearer_course(channels):
    courses = load_reference().courses
    rng = np.random.default_rng(3)
    for z, y, x in rng.integers(0, FRAME.shape, (40, 3)):
        point = FRAME.to_lps(np.array([[x, y, z]]))
        distance = min(float(course.nearest(point).distance_mm[0]) for course in courses.values())
        found = dict(zip(CHANNELS, channels[:, z, y, x], strict=True))
        assert found["distance"] * UNIT_MM == pytest.approx(distance, abs=0.25)
        offset = UNIT_MM * np.array([found["lateral"], found["posterior"], found["superior"]])
        if distance < 6:
            assert np.linalg.norm(offset) <= distance + 0.05


def test_outwards_is_positive_on_both_sides():
    courses = load_reference().courses
    for side, sign in ((Side.LEFT, 1), (Side.RIGHT, -1)):
        course = courses[side]
        middle = course.points[len(course.points) // 2]
        frame = Frame.regular((0.5,) * 3, (12, 12, 12), center=tuple(middle + np.array([sign * 4.0, 0.0, 0.0])))
        lateral = position_channels(frame, courses)[CHANNELS.index("lateral")]
        assert lateral[6, 6, 6] > 0.1


def test_left_and_right_mirror_each_other():
    frame = Frame.regular((1.0,) * 3, (64, 30, 26), center=(0.0, 6.0, -8.0))
    channels = reference_positions(frame)
    assert np.quantile(np.abs(channels - channels[..., ::-1]), 0.97) < 0.02


def test_along_rises_from_the_canal_to_the_end():
    course = load_reference().courses[Side.LEFT]
    frame = Frame.regular((1.0,) * 3, (70, 90, 80), center=tuple(course.points.mean(axis=0)))
    along = position_channels(frame, load_reference().courses)[CHANNELS.index("along")]
    at = [along[tuple(np.rint(frame.to_index(course.points[[i]])[0]).astype(int)[::-1])]
          for i in (5, len(course.points) // 3, len(course.points) - 5)]
    assert at[0] < -0.8 < at[1] < 0.8 < at[2]
