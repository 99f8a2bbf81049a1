"""From the network's outputs to the courses, and to the probability of ICAC that these allow."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from icac.anatomy import Side
from icac.course.find import CourseFit, fit_courses, registered_courses
from icac.course.reach import in_canal, outside_lumen_mm, reached
from icac.geometry import Frame, Volume
from icac.reference import load_reference

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from icac.anatomy.course import Nearest
    from icac.models.course_prior import CoursePrior


class Correcting(Protocol):
    """What a second look adds to the probability of ICAC, see :class:`icac.second_look.Corrections`."""

    def applied(self, probability: np.ndarray, where: np.ndarray, points: np.ndarray, side: np.ndarray) -> np.ndarray:
        """Return the probability (n,) of the n voxels that are true in ``where``, (z, y, x), with what is added.

        They lie at LPS ``points`` (n, 3), mm, and each belongs to a side (n,), in the order of the courses.
        """

    def transformed(self, matrix: np.ndarray) -> Correcting:
        """Move by a 4 x 4 rigid LPS-to-LPS map."""


class OnCourse(NamedTuple):
    """What the network found, seen along the courses; arrays are (z, y, x) on the network's grid."""

    probability: np.ndarray
    """Of ICAC, float32; 0 where it does not count."""
    dense: np.ndarray
    """Voxels of at least 130 HU that can belong to a carotid, bool."""
    distance_mm: np.ndarray
    """Distance of the n dense voxels from the centreline of the nearer course, (n,)."""
    outside_mm: np.ndarray
    """Distance from its lumen, less than 0 within it, (n,); not a number where the course is not fitted."""
    in_canal: np.ndarray
    """Whether the artery runs in its bony canal there, bool (n,)."""
    courses: dict[Side, CourseFit]
    """In the space of the grid."""
    nearer: np.ndarray
    """Which of them is nearer, in their order, (n,)."""
    corrections: Correcting | None = None
    """Of the second look, of a model that has one and where both courses are fitted."""

    def with_prior(self, prior: CoursePrior, probability: np.ndarray) -> np.ndarray:
        """Return the probability (n,) of the dense voxels with the prior of a model."""
        if prior.from_lumen:
            return prior.apply(probability, self.outside_mm, self.in_canal)
        return prior.apply(probability, self.distance_mm)


def on_course(outputs: np.ndarray, frame: Frame, counted: np.ndarray, dense: np.ndarray, prior: CoursePrior | None,
              fits: dict[Side, CourseFit] | None = None,
              look: Callable[[dict[Side, CourseFit]], Correcting] | None = None) -> OnCourse:
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
    fits : dict of Side to CourseFit, optional
        The courses if they are known, in the space of ``frame``.
    look : callable, optional
        Gives the second look at the courses, if both are fitted to the patient.

    """
    fits = fits or _found(outputs, frame, counted)
    points = frame.to_lps(np.argwhere(dense)[:, ::-1])
    nearest = {side: fit.course.nearest(points) for side, fit in fits.items()}
    near = np.any([reached(points, fit.course, nearest[side]) if fit.fitted else np.ones(len(points), bool)
                   for side, fit in fits.items()], axis=0)
    left = dense.copy()
    left[dense] = near
    nearer, places = _places(fits, nearest)
    distance, outside, canal = places[:, near]
    probability = outputs[0] * counted
    probability[dense & ~left] = 0
    corrections = look(fits) if look and all(fit.fitted for fit in fits.values()) else None
    found = OnCourse(probability, left, distance, outside, canal > 0, fits, nearer[near], corrections)
    if prior:
        probability[left] = found.with_prior(prior, probability[left])
    if corrections:
        probability[left] = corrections.applied(probability[left], left, points[near], found.nearer)
    return found


def _found(outputs: np.ndarray, frame: Frame, counted: np.ndarray) -> dict[Side, CourseFit]:
    """Return the courses: fitted if the network also looks for the inside of the carotids."""
    expected = load_reference().courses
    if len(outputs) == 1:
        return registered_courses(expected)
    return fit_courses(Volume(outputs[1] * counted, frame), expected)


def _places(fits: Mapping[Side, CourseFit], nearest: Mapping[Side, Nearest]) -> tuple[np.ndarray, np.ndarray]:
    """Return which course is nearer, (n,), and of it, (3, n): distance from its centreline and, if fitted, its lumen;
    whether in its canal.
    """
    sides = [np.stack([nearest[side].distance_mm,
                       outside_lumen_mm(fit.course, nearest[side]) if fit.fitted else _unknown(nearest[side]),
                       in_canal(nearest[side])]) for side, fit in fits.items()]
    nearer = np.argmin([side[0] for side in sides], axis=0)
    return nearer, np.choose(nearer, sides)


def _unknown(nearest: Nearest) -> np.ndarray:
    return np.full(nearest.distance_mm.shape, np.nan)
