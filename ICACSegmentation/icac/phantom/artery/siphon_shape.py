"""Shape of a carotid siphon in numbers that do not depend on how the head lies.

Axes are the principal axes of the samples of the centreline, evenly spaced, over the last millimetres before the
terminus; a range is the extent along one of them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from icac.anatomy import Course

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
