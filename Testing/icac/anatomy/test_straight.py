"""Courses drawn out straight: sections lie where they should, both sides alike, and the way back is found."""

import numpy as np
import pytest
from icac.anatomy import Course, Side
from icac.anatomy.straight import BEFORE, SECTIONS, STEP_MM, WIDTH, straightened
from icac.geometry.rotations import rotation_matrix


def winding(side: Side = Side.RIGHT) -> Course:
    """Make a course that winds up and inward, 0.4 mm between samples, thicker and in other segments as it goes."""
    turn = np.linspace(0, 4.2, 230)
    points = np.stack([-30 + 4 * turn + 2 * np.sin(turn), -20 + 9 * np.cos(turn), 7 * turn + 5 * np.sin(turn)], axis=1)
    course = Course(Side.RIGHT, points, np.linspace(2.0, 3.0, 230), np.repeat(np.arange(2, 7), 46))
    return course if side is Side.RIGHT else Course(side, points * [-1, 1, 1], course.radius_mm, course.segment)


def test_sections_follow_the_course_evenly():
    course, straight = winding(), straightened(winding())
    assert straight.center.shape == (SECTIONS, 3)
    steps = np.linalg.norm(np.diff(straight.center, axis=0), axis=1)
    assert steps == pytest.approx(STEP_MM, abs=0.08)
    inside = slice(BEFORE + 4, BEFORE + int(course.arc_length_mm[-1] / STEP_MM) - 4)
    assert course.nearest(straight.center[inside]).distance_mm.max() < 0.25
    assert straight.radius_mm[BEFORE] == pytest.approx(2.0, abs=0.02)
    assert straight.segment[0] == 2
    assert straight.segment[-1] == 6


def test_axes_are_right_angled_and_turn_little():
    axes = straightened(winding()).axes
    assert axes @ axes.transpose(0, 2, 1) == pytest.approx(np.broadcast_to(np.eye(3), axes.shape), abs=1e-9)
    turned = np.einsum("ni,ni->n", np.diff(axes[:, 1], axis=0), axes[:-1, 2])
    assert np.abs(turned).max() < 0.02      # about the artery itself


def test_first_section_begins_outward():
    assert straightened(winding()).axes[0, 1] @ [-1, 0, 0] > 0.85
    assert straightened(winding(Side.LEFT)).axes[0, 1] @ [1, 0, 0] > 0.85


def test_both_sides_look_alike():
    right, left = straightened(winding()), straightened(winding(Side.LEFT))
    assert left.points() == pytest.approx(right.points() * [-1, 1, 1])


def test_what_lies_in_a_section_is_found_there():
    straight = straightened(winding())
    points = straight.points()
    section, out, up = 60, 20, 9
    assert straight.places(points[section, out, up][None])[0] == pytest.approx([section, out, up], abs=0.2)
    middle = slice(WIDTH // 2 - 3, WIDTH // 2 + 3)
    near = points[BEFORE:120, middle, middle].reshape(-1, 3)
    index = np.stack(np.mgrid[BEFORE:120, middle, middle], axis=-1).reshape(-1, 3)
    assert np.percentile(np.abs(straight.places(near) - index).max(axis=1), 99) < 0.2


def test_a_moved_head_is_drawn_the_same():
    motion = np.eye(4)
    motion[:3, :3], motion[:3, 3] = rotation_matrix(np.array([0.2, -0.1, 0.3])), (5, -8, 11)
    straight, points = straightened(winding()), np.array([[-20.0, -15, 20], [-28, -10, 3]])
    moved = straight.transformed(motion)
    assert moved.places(points @ motion[:3, :3].T + motion[:3, 3]) == pytest.approx(straight.places(points))


def test_a_course_that_is_too_long_is_cut():
    turn = np.linspace(0, 150, 400)
    course = Course(Side.RIGHT, np.stack([0 * turn, 0 * turn, turn], axis=1), np.ones(400), np.full(400, 3))
    assert straightened(course).center[-1] == pytest.approx([0, 0, (SECTIONS - BEFORE - 1) * STEP_MM])
