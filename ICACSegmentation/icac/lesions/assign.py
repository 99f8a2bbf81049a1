"""Which artery, and which segment of it, a voxel belongs to: that of the nearest centreline sample.

Sides come from the courses in the scan's own space, never from voxel order or from the sign of a coordinate,
so left stays left however the head lies in the scanner.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from icac.anatomy import Course, Side


class Assignment(NamedTuple):
    """The nearest course to each of n points."""

    sides: tuple[Side, ...]
    """The sides that were looked at; ``side_index`` counts in it."""
    side_index: np.ndarray
    """Index into ``sides`` of the nearest course, shape (n,)."""
    segments: np.ndarray
    """Bouthillier number of the nearest sample on each side, shape (n, number of sides)."""
    distances_mm: np.ndarray
    """Distance to the centreline of each side in mm, shape (n, number of sides)."""


def assign_points(points: np.ndarray, courses: Mapping[Side, Course]) -> Assignment:
    """Find the nearest course of each point.

    Parameters
    ----------
    points : numpy.ndarray
        (n, 3) in LPS mm.
    courses : mapping of Side to Course
        One or both carotids, in the same space as the points.

    Returns
    -------
    Assignment

    """
    sides = tuple(side for side in Side if side in courses)
    nearest = [courses[side].nearest(points) for side in sides]
    distances = np.stack([n.distance_mm for n in nearest], axis=1)
    segments = np.stack([n.segment for n in nearest], axis=1)
    return Assignment(sides, distances.argmin(axis=1), segments, distances)
