"""Soft grooves beside the horizontal petrous canal, which leave only a plate of bone around the artery.

The cartilaginous auditory tube and the tensor muscle lie in the groove between petrous bone and sphenoid, in front of
the artery and below it; the trigeminal ganglion and the dura of the middle fossa lie above. What remains of the canal's
wall is as thin as a plaque, and lies where a plaque of the artery would.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from icac.anatomy import Segment
from icac.phantom.description.shapes import Tube

if TYPE_CHECKING:
    from icac.anatomy import Course
    from icac.phantom.description.side_bones import Groove

#: The canal is horizontal where it rises by less than this a mm.
_LEVEL = 0.6

#: How far around a groove the canal has a plate of bone of its own, mm.
PLATE_AROUND_MM = 1.0

#: Samples of the course between the points of a groove.
_EVERY = 4


def horizontal(course: Course) -> np.ndarray:
    """Return the samples of a course (model RAS mm) in the horizontal part of the petrous canal, (n,)."""
    along = np.gradient(course.points, axis=0)
    rise = np.abs(along[:, 2]) / np.maximum(np.linalg.norm(along, axis=1), 1e-9)
    return np.flatnonzero((course.segment == int(Segment.C2)) & (rise < _LEVEL))


def groove(course: Course, wall_mm: np.ndarray, shape: Groove) -> Tube | None:
    """Return a groove beside a course, outside the wall of its canal, or None where no canal is horizontal.

    Parameters
    ----------
    course : Course
        Model RAS mm.
    wall_mm : numpy.ndarray
        (n,) distance of the outside of the plate from the centreline at each sample of the course.
    shape : Groove

    """
    level = horizontal(course)
    first, last = (round(share * (len(level) - 1)) for share in shape.part)
    chosen = level[first:last + 1:_EVERY]
    if len(chosen) < 2:
        return None
    away = (wall_mm[chosen] + shape.radius_mm)[:, None] * _outward(course, chosen, shape.turn_deg)
    points = course.points[chosen] + away
    return Tube(tuple(map(tuple, points)), (shape.radius_mm,) * len(points))


def _outward(course: Course, samples: np.ndarray, turn_deg: float) -> np.ndarray:
    """Return unit vectors (n, 3) across the course: forward and outward at 0 degrees, upward at 90."""
    along = np.gradient(course.points, axis=0)[samples]
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    level = np.cross(along, (0.0, 0.0, 1.0))
    level *= np.sign(level[:, 1:2])  # forward, whichever side
    level /= np.linalg.norm(level, axis=1, keepdims=True)
    up = np.cross(level, along)
    up *= np.sign(up[:, 2:])
    turn = np.radians(turn_deg)
    return np.cos(turn) * level + np.sin(turn) * up
