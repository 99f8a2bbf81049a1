"""Courses as named arrays, as files keep them: ``left_points``, ``left_radius_mm``, ``left_segment`` and so on."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from icac.anatomy.course import Course
from icac.anatomy.segments import Side

_PARTS = ("points", "radius_mm", "segment")


def arrays_of(courses: Mapping[Side, Course]) -> dict[str, np.ndarray]:
    """Return the arrays of the courses of both sides by name."""
    return {f"{side.value}_{part}": getattr(course, part) for side, course in courses.items() for part in _PARTS}


def courses_from(arrays: Mapping[str, np.ndarray]) -> dict[Side, Course]:
    """Return the courses of both sides; raises KeyError where an array is missing."""
    return {side: Course(side, *(arrays[f"{side.value}_{part}"] for part in _PARTS)) for side in Side}
