"""What can belong to a carotid whose course was found: its wall and a little around, between its two ends.

What lies below the entrance of the carotid canal is the neck's, as is the styloid process; beyond the terminus begin
other arteries.
"""

from __future__ import annotations

import numpy as np

from icac.anatomy import Course
from icac.anatomy.course import Nearest
from icac.course.canal import LAST_IN_CANAL

#: How far outside the lumen calcium may lie, mm: the wall, the blooming of dense calcium and the error of the course.
#: Of the ICAC of 24 simulated cases, .995 lies within 3.7 mm of the lumen of the fitted course.
AROUND_MM = 4.0

#: The same in the bony canal, which the artery fills: there .99 lies within 1.6 mm, and beyond 2.5 mm is bone.
AROUND_IN_CANAL_MM = 2.5

#: How far below the entrance of the carotid canal and beyond the terminus, mm: the error of the two ends.
BELOW_MM, BEYOND_MM = 3.0, 4.0

#: Share of the course at either end where the limits count, and samples that give its direction there.
_END, _SAMPLES = 8, 8


def reached(points: np.ndarray, course: Course, nearest: Nearest) -> np.ndarray:
    """Tell which LPS points (n, 3), mm, can belong to a carotid, bool (n,).

    Parameters
    ----------
    points : numpy.ndarray
    course : Course
        As found in the scan.
    nearest : Nearest
        What lies nearest on it to the points.

    """
    ends = max(len(course.points) // _END, 1)
    below = (nearest.sample < ends) & (_past(points, course.points[:_SAMPLES]) > BELOW_MM)
    last = nearest.sample >= len(course.points) - ends
    beyond = last & (_past(points, course.points[:-_SAMPLES - 1:-1]) > BEYOND_MM)
    around = np.where(in_canal(nearest), AROUND_IN_CANAL_MM, AROUND_MM)
    return (outside_lumen_mm(course, nearest) <= around) & ~below & ~beyond


def outside_lumen_mm(course: Course, nearest: Nearest) -> np.ndarray:
    """Return how far (mm) points lie outside the lumen of ``course``, less than 0 within it, (n,)."""
    return nearest.distance_mm - course.radius_mm[nearest.sample]


def in_canal(nearest: Nearest) -> np.ndarray:
    """Tell for which points the artery runs in its bony canal (C2, C3) where it is nearest, bool (n,)."""
    return nearest.segment <= LAST_IN_CANAL


def _past(points: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return how far (mm) points lie past the end of a course, along it; ``end`` are its samples from there."""
    direction = end[0] - end[-1]
    return (points - end[0]) @ (direction / np.linalg.norm(direction))
