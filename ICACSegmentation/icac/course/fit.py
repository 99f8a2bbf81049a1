"""Moving a course onto a cloud of points, as smoothly as heads differ.

Coherent point drift (Myronenko and Song 2010) with a prior: each point is shared out to the stations near it, each
station moves towards the mean of its share as far as the prior (:mod:`icac.course.bends`) allows, and the reach of a
station shrinks meanwhile from that of a wrong registration to that of the lumen. The mean of what fills a tube lies on
its centreline. Along the course, points say little but at its ends: there the prior decides, and with it where
segments begin.
"""

from __future__ import annotations

import numpy as np

from icac.anatomy import Course
from icac.course.bends import STATIONS, bends
from icac.course.cloud import Cloud

#: Reach of a station at the start and at the end, mm.
_REACH_MM = (4.0, 1.2)

#: Steps, and the share of them in which the reach shrinks.
_STEPS, _SHRINKING = 24, 0.7

#: Points a mm3 that belong to no station: a point as far as this density is lost.
_STRAY = 0.12

#: Points of one place err together: they count as one of so many mm3.
_TOGETHER_MM3 = 20.0

#: How much less a point says of the place along the course than across it, and the stations at each end that are free
#: of this.
_SLIDE, _END_STATIONS = 0.05, 3

#: Distance of the samples of the fitted course, mm.
_SAMPLE_MM = 0.4


def moved_onto(course: Course, cloud: Cloud) -> tuple[Course, np.ndarray]:
    """Fit a course to the points near it.

    Parameters
    ----------
    course : Course
        As registration expects it.
    cloud : Cloud
        Of this side only, in the same space.

    Returns
    -------
    fitted : Course
    found_mm3 : numpy.ndarray
        (stations,) expected volume of the artery that was shared out to each station, evenly spaced on ``course``.

    """
    start = np.stack([np.interp(_stations(course), course.arc_length_mm, axis) for axis in course.points.T], axis=1)
    shifts = bends(round(float(course.arc_length_mm[-1]), 6))
    now = start
    for step in range(_STEPS):
        found, means = _shared_out(cloud, now, _reach(step))
        trust = _trust(now, found / (_TOGETHER_MM3 * _reach(step) ** 2))
        now = start + _smooth_shift(shifts, trust, means - start)
    return _shifted(course, now - start), found


def _stations(course: Course) -> np.ndarray:
    """Return where stations lie along a course, mm, (stations,)."""
    return np.linspace(0.0, course.arc_length_mm[-1], STATIONS)


def _reach(step: int) -> float:
    first, last = _REACH_MM
    return max(last, first * (last / first) ** (step / (_SHRINKING * _STEPS)))


def _shared_out(cloud: Cloud, stations: np.ndarray, reach: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the volume (mm3) shared out to each station, (n,), and the mean place of it, (n, 3)."""
    square = ((cloud.points**2).sum(axis=1)[:, None] - 2.0 * cloud.points @ stations.T + (stations**2).sum(axis=1))
    share = np.exp(-0.5 * square / reach**2)
    share *= (cloud.volume_mm3 / (share.sum(axis=1) + _STRAY))[:, None]
    found = share.sum(axis=0)
    return found, share.T @ cloud.points / np.maximum(found, 1e-9)[:, None]


def _trust(stations: np.ndarray, precision: np.ndarray) -> np.ndarray:
    """Return how well the mean place of each station is known in each direction, 1/mm2, (n, 3, 3)."""
    along = np.gradient(stations, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    less = np.full(len(stations), 1.0 - _SLIDE)
    less[:_END_STATIONS] = less[-_END_STATIONS:] = 0.0
    return precision[:, None, None] * (np.eye(3) - less[:, None, None] * along[:, :, None] * along[:, None, :])


def _smooth_shift(shifts: np.ndarray, trust: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return the most likely shift of the stations, (n, 3): the posterior mean of the Gaussian process."""
    count = shifts.shape[1]
    each = (shifts[:, :, None] * trust.reshape(-1, 1, 9)).reshape(len(shifts), count * 9)
    curvature = (shifts.T @ each).reshape(count, count, 3, 3).transpose(0, 2, 1, 3).reshape(3 * count, 3 * count)
    pull = (shifts.T @ np.einsum("nij,nj->ni", trust, wanted)).ravel()
    weights = np.linalg.solve(np.eye(3 * count) + curvature, pull)
    return shifts @ weights.reshape(count, 3)


def _shifted(course: Course, shift: np.ndarray) -> Course:
    """Shift a course by that of its stations (n, 3), and sample it evenly again."""
    place = course.arc_length_mm
    points = course.points + np.stack([np.interp(place, _stations(course), axis) for axis in shift.T], axis=1)
    bent = Course(course.side, points, course.radius_mm, course.segment).arc_length_mm
    even = np.linspace(0.0, bent[-1], int(np.ceil(bent[-1] / _SAMPLE_MM)) + 1)
    nearest = np.abs(even[:, None] - bent).argmin(axis=1)
    return Course(course.side, np.stack([np.interp(even, bent, axis) for axis in points.T], axis=1),
                  np.interp(even, bent, course.radius_mm), course.segment[nearest])
