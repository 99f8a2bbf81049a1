"""The artery drawn out straight: cross-sections along its course, one beside the other, and the way back.

Drawn out straight (a curved planar reformation; Kanitsar et al. 2002, IEEE Visualization) every carotid looks alike: a
dark tube between its walls, whichever way it bends in the head. What lies in the wall is then told from what lies
beside it by eye, and by a network that sees only this (:mod:`icac.network.straight`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from icac.anatomy.course import Course
from icac.anatomy.nearest import nearest_sample
from icac.anatomy.segments import Side

#: Distance of cross-sections, and of the samples across them, mm.
STEP_MM = 0.5

#: Cross-sections in all: those before the entrance of the carotid canal, the longest course, and some beyond its end.
SECTIONS = 208

#: Cross-sections before the first sample of a course.
BEFORE = 8

#: Samples along either axis of a cross-section, whose middle lies between the two in the middle.
WIDTH = 32

#: By how much a course is smoothed before it tells directions, mm: a station of its fit moves on its own.
_SMOOTH_MM, _SMOOTH_DIRECTION_MM = 0.75, 1.0

#: Samples at either end by which it is drawn out.
_END = 6

#: To the side of the patient on which an artery lies, as both are drawn: LPS of the right one.
_OUTWARD = np.array([-1.0, 0.0, 0.0])


@dataclass(frozen=True, eq=False)
class Straight:
    """Cross-sections of one carotid, n of them, evenly along its course and a little beyond both ends.

    The left one is drawn mirrored, so that both look alike.

    Attributes
    ----------
    center : numpy.ndarray
        (n, 3) LPS mm, on the course.
    axes : numpy.ndarray
        (n, 3, 3) unit vectors, LPS: along the artery; across it, outward at its beginning; at a right angle to both.
        The axes across turn as little as possible from one section to the next (Wang et al. 2008, ACM TOG 27:1).
    radius_mm : numpy.ndarray
        (n,) of the lumen.
    segment : numpy.ndarray
        (n,) Bouthillier number.

    """

    center: np.ndarray
    axes: np.ndarray
    radius_mm: np.ndarray
    segment: np.ndarray

    def transformed(self, matrix: np.ndarray) -> Straight:
        """Move by a 4 x 4 rigid LPS-to-LPS map."""
        turn, shift = np.asarray(matrix, dtype=float)[:3, :3], np.asarray(matrix, dtype=float)[:3, 3]
        return replace(self, center=self.center @ turn.T + shift, axes=self.axes @ turn.T)

    def points(self) -> np.ndarray:
        """Return the LPS points (n, WIDTH, WIDTH, 3), mm, of the samples: section, outward, and at a right angle."""
        place = across_mm()
        _, out, up = np.moveaxis(self.axes, 1, 0)[:, :, None, None]
        return self.center[:, None, None] + place[:, None, None] * out + place[:, None] * up

    def places(self, points: np.ndarray) -> np.ndarray:
        """Return where LPS points (m, 3), mm, lie: index along each axis of :meth:`points`, not rounded, (m, 3).

        What lies on several sections, in a bend, belongs to the nearest.
        """
        middle = self.center.mean(axis=0)
        section = nearest_sample(points - middle, self.center - middle)
        from_center = (points - self.center.take(section, axis=0))[:, None]
        places = (from_center @ self.axes.take(section, axis=0).transpose(0, 2, 1))[:, 0] / STEP_MM
        return places + np.stack([section, *[np.full(len(points), (WIDTH - 1) / 2)] * 2], axis=1)


def across_mm() -> np.ndarray:
    """Return the distance of the samples of a cross-section from its middle, along either axis, (WIDTH,), mm."""
    return (np.arange(WIDTH) - (WIDTH - 1) / 2) * STEP_MM


def straightened(course: Course) -> Straight:
    """Draw a course out straight; LPS mm."""
    mirror = np.array([-1.0, 1.0, 1.0]) if course.side is Side.LEFT else np.ones(3)
    place = course.arc_length_mm
    even = np.arange(min(int(place[-1] / STEP_MM) + 1, SECTIONS - BEFORE)) * STEP_MM
    points = np.stack([np.interp(even, place, axis) for axis in (course.points * mirror).T], axis=1)
    center = _smooth(points, _SMOOTH_MM)
    after = SECTIONS - BEFORE - len(center)
    center = np.concatenate([_onward(center[::-1], BEFORE)[::-1], center, _onward(center, after)])
    along = np.gradient(_smooth(center, _SMOOTH_DIRECTION_MM), axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    out = _carried(along)
    axes = np.stack([along, out, np.cross(along, out)], axis=1)
    sample = np.pad(np.abs(even[:, None] - place).argmin(axis=1), (BEFORE, after), mode="edge")
    return Straight(center * mirror, axes * mirror, course.radius_mm[sample], course.segment[sample])


def _onward(points: np.ndarray, count: int) -> np.ndarray:
    """Return ``count`` more points in the direction in which (n, 3) evenly spaced ones end."""
    direction = points[-1] - points[-1 - _END]
    return points[-1] + np.arange(1, count + 1)[:, None] * STEP_MM * direction / np.linalg.norm(direction)


def _carried(along: np.ndarray) -> np.ndarray:
    """Return a unit vector across each direction (n, 3), the first outward, that turns as little as can be, (n, 3)."""
    across, before = np.empty_like(along), _OUTWARD
    for number, direction in enumerate(along):
        before = before - before @ direction * direction
        before = across[number] = before / np.linalg.norm(before)
    return across


def _smooth(points: np.ndarray, sigma_mm: float) -> np.ndarray:
    """Smooth (n, 3) evenly spaced points along their row, which goes on beyond its ends as it came: they stay."""
    reach = int(4 * sigma_mm / STEP_MM)
    padded = np.pad(points, ((reach, reach), (0, 0)), mode="reflect", reflect_type="odd")
    return ndimage.gaussian_filter1d(padded, sigma_mm / STEP_MM, axis=0)[reach:-reach]
