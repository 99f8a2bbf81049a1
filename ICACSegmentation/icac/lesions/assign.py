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


class NearestArtery(NamedTuple):
    """The artery that a lesion belongs to."""

    side: Side
    segments: np.ndarray
    """Bouthillier number of the nearest sample of that artery to each point, shape (n,)."""
    distances_mm: np.ndarray
    """Distance of each point to its centreline in mm, shape (n,)."""


def nearest_artery(points: np.ndarray, courses: Mapping[Side, Course]) -> NearestArtery:
    """Find the artery that is nearest to most of the points of a lesion, (n, 3) in LPS mm."""
    found = assign_points(points, courses)
    votes = np.bincount(found.side_index, minlength=len(found.sides))
    # Equal votes: the artery that is nearer on average.
    winner = max(range(len(found.sides)), key=lambda n: (votes[n], -found.distances_mm[:, n].mean()))
    return NearestArtery(found.sides[winner], found.segments[:, winner], found.distances_mm[:, winner])
