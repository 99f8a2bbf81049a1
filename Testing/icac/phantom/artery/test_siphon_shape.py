"""The simulated siphon against 65 real ones (AneuRisk65, rotational angiography), by measures free of rotation.

Axes are the principal axes of the samples of the centreline, evenly spaced, over the last millimetres before the
terminus; a range is the extent along one of them.

``python Testing/icac/phantom/artery/test_siphon_shape.py`` prints the table.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pytest
from icac.anatomy import Course, Side
from icac.phantom.artery.carotid import centerline
from icac.phantom.artery.vessel_limits import bend_radius_mm, eased, room_mm
from icac.phantom.description.parameters import HeadParameters, draw

#: Distance between samples, mm: fine enough for a kink, coarse enough that noise of a centreline does not turn it.
SPACING_MM = 1.0


class SiphonShape(NamedTuple):
    """Measures of the last part of one siphon."""

    chord_to_arc: float
    """Straight distance between both ends divided by the length of the course."""
    range_mm: tuple[float, float, float]
    """Extent along the longest, middle and shortest principal axis."""
    turning_deg: float
    """Sum of all changes of direction."""

    @property
    def flatness(self) -> float:
        """Shortest range divided by the longest: 0 where the siphon lies in a plane."""
        return self.range_mm[2] / self.range_mm[0]


def last_part(course: Course, length_mm: float) -> np.ndarray:
    """Return evenly spaced samples (n, 3) of the last ``length_mm`` of a course, in mm and in its direction."""
    s = course.arc_length_mm
    at = np.linspace(s[-1] - length_mm, s[-1], round(length_mm / SPACING_MM) + 1)
    return np.stack([np.interp(at, s, x) for x in course.points.T], axis=1)


def siphon_shape(course: Course, length_mm: float) -> SiphonShape:
    """Measure the last ``length_mm`` of a course before the terminus."""
    points = last_part(course, length_mm)
    axes = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)[2]
    steps = np.diff(points, axis=0)
    lengths = np.linalg.norm(steps, axis=1)
    cosine = (steps[1:] * steps[:-1]).sum(axis=1) / (lengths[1:] * lengths[:-1])
    return SiphonShape(float(np.linalg.norm(points[-1] - points[0]) / length_mm),
                       tuple(sorted(np.ptp(points @ axes.T, axis=0), reverse=True)),
                       float(np.degrees(np.arccos(np.clip(cosine, -1, 1)).sum())))


#: Last mm before the terminus, measure, median, 5th and 95th percentile of the real ones (None: not published).
REAL = (
    (30, "chord / arc", 0.48, 0.29, 0.63),
    (30, "longest, mm", 15.2, None, None),
    (30, "middle, mm", 8.5, None, None),
    (30, "shortest, mm", 5.1, None, None),
    (30, "shortest / longest", 0.33, 0.18, 0.54),
    (45, "shortest / longest", 0.29, 0.16, 0.54),
    (45, "chord / arc", 0.48, 0.29, 0.64),
    (60, "shortest / longest", 0.28, 0.18, 0.40),
    (45, "turning, degrees", 419.0, 318.0, 527.0),
)
MEASURES = {
    "chord / arc": lambda shape: shape.chord_to_arc,
    "longest, mm": lambda shape: shape.range_mm[0],
    "middle, mm": lambda shape: shape.range_mm[1],
    "shortest, mm": lambda shape: shape.range_mm[2],
    "shortest / longest": lambda shape: shape.flatness,
    "turning, degrees": lambda shape: shape.turning_deg,
}
#: Radius of 50 real carotids, mm, evenly from 48 mm before the terminus to the terminus.
REAL_RADIUS_MM = (2.0, 2.1, 2.1, 1.75, 1.55)
DRAWS = 60


@lru_cache(maxsize=1)
def _courses() -> list[Course]:
    heads = [draw(np.random.default_rng([20, i])) for i in range(DRAWS)]
    return [centerline(q, side) for q in heads for side in Side]


@lru_cache(maxsize=3)
def _shapes(length_mm: int) -> list[SiphonShape]:
    return [siphon_shape(course, length_mm) for course in _courses()]


def _measured(length_mm: int, name: str) -> np.ndarray:
    """Return median, 5th and 95th percentile of the simulated siphons."""
    return np.percentile([MEASURES[name](shape) for shape in _shapes(length_mm)], (50, 5, 95))


def _own_sides(of: str) -> tuple[np.ndarray, np.ndarray]:
    """Return a measure of the last 45 mm on the right and on the left of every head."""
    values = np.array([MEASURES[of](shape) for shape in _shapes(45)]).reshape(DRAWS, 2)
    return values[:, 0], values[:, 1]


@pytest.mark.parametrize(("length_mm", "name", "median", "low", "high"), REAL)
def test_siphons_are_as_real_ones(length_mm, name, median, low, high):
    ours, ours_low, ours_high = _measured(length_mm, name)
    assert ours == pytest.approx(median, rel=0.2)
    if low is not None:
        assert ours_high - ours_low >= high - low


def test_radius_is_as_in_real_ones():
    stations = np.linspace(48, 0, len(REAL_RADIUS_MM))
    ours = [np.interp(c.arc_length_mm[-1] - stations, c.arc_length_mm, c.radius_mm) for c in _courses()]
    np.testing.assert_allclose(np.median(ours, axis=0), REAL_RADIUS_MM, rtol=0.2)


def test_no_drawn_artery_breaks_the_limits_of_a_vessel():
    room = np.array([room_mm(course) for course in _courses()])
    assert (room >= 0).mean() >= 0.98
    assert room.min() > -0.2


def test_both_sides_of_a_head_are_related_but_differ():
    right, left = _own_sides("chord / arc")
    assert 0.2 < np.corrcoef(right, left)[0, 1] < 0.9


def test_medial_wall_keeps_its_distance_from_the_midline():
    wall = [(np.abs(c.points[:, 0]) - c.radius_mm)[(c.segment == 4) | (c.segment == 5)].mean() for c in _courses()]
    assert np.mean(wall) == pytest.approx(8.2, abs=0.6)


def test_canal_stays_where_the_bone_is():
    entrance = np.array([c.points[0] * (-c.side.sign_x_lps, 1, 1) for c in _courses()])
    np.testing.assert_allclose(entrance.mean(axis=0), (30.3, -21.1, -27.6), atol=0.8)
    assert entrance.std(axis=0).max() < 2.5


def test_mean_head_has_the_course_of_the_landmarks_alone():
    plain = centerline(HeadParameters(), Side.RIGHT)
    assert bend_radius_mm(plain.points)[4:-4].min() < 1.5  # not eased: the reference head never changes
    assert siphon_shape(plain, 45).flatness < 0.16 < _measured(45, "shortest / longest")[0]


def test_shape_of_a_known_curve():
    angle = np.linspace(0, np.pi, 400)
    points = np.stack([12 * np.cos(angle), 0.3 * angle, 12 * np.sin(angle)], axis=1)
    length = np.linalg.norm(np.diff(points, axis=0), axis=1).sum()
    shape = siphon_shape(Course(Side.LEFT, points, np.ones(400), np.full(400, 4)), length - 1e-6)
    assert shape.chord_to_arc == pytest.approx(2 / np.pi, abs=0.01)
    assert shape.range_mm[0] == pytest.approx(24, abs=0.1)
    assert shape.range_mm[1] == pytest.approx(12, abs=0.1)
    assert shape.turning_deg == pytest.approx(180, abs=6)


def test_a_corner_is_rounded_to_what_the_lumen_allows():
    s = np.arange(0, 20, 0.4)
    corner = np.concatenate([np.stack([s, 0 * s, 0 * s], 1), np.stack([0 * s + 20, s, 0.2 * s], 1)])
    smooth = eased(corner, np.full(len(corner), 2.0))
    assert bend_radius_mm(smooth)[4:-4].min() > 2.4
    np.testing.assert_array_equal(smooth[[0, -1]], corner[[0, -1]])
    assert np.linalg.norm(smooth - corner, axis=1).max() < 2.0


def test_last_part_ends_at_the_terminus():
    course = _courses()[0]
    part = last_part(course, 30)
    np.testing.assert_allclose(part[-1], course.points[-1])
    assert len(part) == 31


def _row(length_mm: int, name: str, median: float, low: float | None, high: float | None) -> str:
    ours, ours_low, ours_high = _measured(length_mm, name)
    real = f"{median:g}" + (f" ({low:g} to {high:g})" if low is not None else "")
    return f"| {length_mm}: {name} | {real} | {ours:.3g} ({ours_low:.3g} to {ours_high:.3g}) |"


if __name__ == "__main__":
    sys.stdout.write("\n".join(["| last mm before the terminus | real | ours |", "|---|---|---|",
                                *(_row(*row) for row in REAL)]) + "\n")
