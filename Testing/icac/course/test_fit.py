"""Courses are found where the artery is, on tubes that are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from icac.anatomy import Course, Side
from icac.course import on_course
from icac.course.find import fit_courses
from icac.geometry import Frame, Volume
from icac.models.course_prior import CoursePrior
from icac.network import FcnConfig
from icac.network_region import analysed_frame
from icac.reference import load_reference
from icac.simulate.cases.training_case import tubes

REFERENCE = load_reference().courses
FRAME, COUNTED = analysed_frame("carotid", REFERENCE, FcnConfig().geometry)


def bent(course: Course, shift: tuple[float, float, float], siphon: tuple[float, float, float]) -> Course:
    """Shift a course, and the middle of its siphon by more (LPS mm)."""
    share = course.arc_length_mm / course.arc_length_mm[-1]
    hill = np.exp(-0.5 * ((share - 0.65) / 0.08) ** 2)
    return replace(course, points=course.points + np.array(shift) + hill[:, None] * np.array(siphon))


def map_of(courses: dict[Side, Course]) -> Volume:
    """Return a map of the inside of the arteries as a network would give it: not sure of itself."""
    return Volume((0.9 * tubes(FRAME, courses.values()) * COUNTED).astype(np.float32), FRAME)


def distance(a: Course, b: Course) -> np.ndarray:
    return np.concatenate([a.nearest(b.points).distance_mm, b.nearest(a.points).distance_mm])


@pytest.mark.parametrize(("right", "left"), [
    (((0, 0, 0), (0, 0, 0)), ((2.0, 0, 0), (0, 0, 0))),
    (((-3.0, 1.0, 2.0), (0, 0, 0)), ((1.0, -2.0, -3.0), (0, 0, 0))),
    (((0, 0, 0), (6.0, 0, 0)), ((1.0, 0, 0), (0, 0, 7.0))),
], ids=["one side", "each side its own way", "siphons out of their plane"])
def test_each_side_is_found_where_it_is(right, left):
    truth = {side: bent(REFERENCE[side], *how) for side, how in zip(Side, (right, left), strict=True)}
    found = fit_courses(map_of(truth), REFERENCE)
    for side in Side:
        fit = found[side]
        off = distance(fit.course, truth[side])
        assert fit.fitted and fit.course.side is side
        assert np.median(off) < 0.5 and np.percentile(off, 95) < 1.5
        assert fit.moved_mm == pytest.approx(distance(REFERENCE[side], truth[side]).mean(), abs=0.6)
        assert np.linalg.norm(np.diff(fit.course.points, axis=0), axis=1).max() <= 0.5
        nearest = truth[side].nearest(fit.course.points)
        assert np.mean(nearest.segment == fit.course.segment) > 0.9


def test_straight_tubes():
    points = np.stack([np.full(101, 20.0), np.zeros(101), np.linspace(-20, 20, 101)], axis=1)
    segment = np.repeat([2, 3, 4, 5, 6, 7], [21, 16, 16, 16, 16, 16])
    straight = {side: Course(side, points * (side.sign_x_lps, 1, 1), np.full(101, 2.0), segment) for side in Side}
    shift = np.array([1.5, -2.0, 0.0])
    truth = {side: replace(course, points=course.points + shift) for side, course in straight.items()}
    frame = Frame.regular((0.5,) * 3, (120, 60, 100), center=(0.0, 0.0, 0.0))
    found = fit_courses(Volume(tubes(frame, truth.values()).astype(np.float32), frame), straight)
    for side in Side:
        assert distance(found[side].course, truth[side]).max() < 0.5
        assert found[side].moved_mm == pytest.approx(2.5, abs=0.1)


def test_an_artery_that_is_not_seen_stays_where_it_was_registered():
    truth = bent(REFERENCE[Side.LEFT], (2.0, 0, 0), (0, 0, 0))
    found = fit_courses(map_of({Side.LEFT: truth}), REFERENCE)
    assert found[Side.LEFT].fitted and found[Side.LEFT].warning is None
    assert not found[Side.RIGHT].fitted and found[Side.RIGHT].course is REFERENCE[Side.RIGHT]
    assert "right carotid" in found[Side.RIGHT].warning and found[Side.RIGHT].moved_mm == 0


def outputs(courses: dict[Side, Course]) -> np.ndarray:
    return np.stack([np.full(FRAME.shape, 0.6, np.float32), map_of(courses).array])


def reached(dense: np.ndarray, point: np.ndarray) -> bool:
    """Tell whether a point may be ICAC; what lies outside of the grid is not computed."""
    index = np.rint(FRAME.to_index(point)).astype(int)[::-1]
    return bool((index < dense.shape).all() and (index >= 0).all() and dense[tuple(index)])


@pytest.mark.parametrize("up", [2.0, -2.0])
def test_what_lies_below_the_canal_beyond_the_terminus_or_beside_is_not_icac(up):
    """Shifted up, the grid holds what lies below, and down, what lies beyond."""
    truth = {side: bent(REFERENCE[side], (1.0, 1.0, up), (0, 0, 0)) for side in Side}
    found = on_course(outputs(truth), FRAME, COUNTED, COUNTED, None)
    for side, course in truth.items():
        first, last = course.points[0] - course.points[8], course.points[-1] - course.points[-9]
        middle = course.points[len(course.points) // 2]
        assert reached(found.dense, course.points[0] + first / np.linalg.norm(first))
        assert not reached(found.dense, course.points[0] + 5.5 * first / np.linalg.norm(first))
        assert not reached(found.dense, course.points[-1] + 5.5 * last / np.linalg.norm(last))
        assert reached(found.dense, middle)
        assert not reached(found.dense, middle + np.array([9.0 * side.sign_x_lps, 0, 0]))
    assert (found.probability[COUNTED & ~found.dense] == 0).all()
    assert (found.probability[found.dense] == np.float32(0.6)).all()


def test_without_the_output_of_the_carotids_nothing_changes():
    prior = CoursePrior((0.0, 10.0), (0.0, -2.0))
    found = on_course(outputs(REFERENCE)[:1], FRAME, COUNTED, COUNTED, prior)
    assert (found.dense == COUNTED).all()
    assert all(found.courses[side].course is REFERENCE[side] and not found.courses[side].fitted for side in Side)
    assert all(fit.warning is None for fit in found.courses.values())
    expected = prior.apply(np.full(int(COUNTED.sum()), 0.6, np.float32), found.distance_mm)
    assert np.allclose(found.probability[COUNTED], expected)
