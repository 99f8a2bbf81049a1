"""From the network's outputs to the courses, and to the probability of ICAC that these allow."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from icac.anatomy import Side
from icac.course.find import CourseFit, fit_courses, registered_courses
from icac.course.reach import reached
from icac.geometry import Frame, Volume
from icac.models.course_prior import CoursePrior
from icac.reference import load_reference


class OnCourse(NamedTuple):
    """What the network found, seen along the courses; arrays are (z, y, x) on the network's grid."""

    probability: np.ndarray
    """Of ICAC, float32; 0 where it does not count."""
    dense: np.ndarray
    """Voxels of at least 130 HU that can belong to a carotid, bool."""
    distance_mm: np.ndarray
    """Distance of the n dense voxels from the nearer course, (n,)."""
    courses: dict[Side, CourseFit]
    """In the space of the grid."""


def on_course(outputs: np.ndarray, frame: Frame, counted: np.ndarray, dense: np.ndarray, prior: CoursePrior | None
              ) -> OnCourse:
    """Find the courses, and leave of the probability of ICAC what lies within their reach.

    Parameters
    ----------
    outputs : numpy.ndarray
        Of :func:`icac.inference.predict_outputs`, (1 or 2, z, y, x).
    frame : Frame
        Of them, in reference space.
    counted : numpy.ndarray of bool
        Voxels that were asked for.
    dense : numpy.ndarray of bool
        Those of at least 130 HU.
    prior : CoursePrior, optional
        Of the model.

    """
    expected = load_reference().courses
    fits = (registered_courses(expected) if len(outputs) == 1
            else fit_courses(Volume(outputs[1] * counted, frame), expected))
    points = frame.to_lps(np.argwhere(dense)[:, ::-1])
    nearest = {side: fit.course.nearest(points) for side, fit in fits.items()}
    near = np.any([reached(points, fit.course, nearest[side]) if fit.fitted else np.ones(len(points), bool)
                   for side, fit in fits.items()], axis=0)
    left = dense.copy()
    left[dense] = near
    distance = np.min([found.distance_mm for found in nearest.values()], axis=0)[near]
    probability = outputs[0] * counted
    probability[dense & ~left] = 0
    if prior:
        probability[left] = prior.apply(probability[left], distance)
    return OnCourse(probability, left, distance, fits)
