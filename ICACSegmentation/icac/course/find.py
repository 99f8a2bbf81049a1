"""The courses of both carotids in a scan: fitted where the scan shows the artery, as registered where it does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from icac.anatomy import Course, Side
from icac.course.canal import with_measured_canal
from icac.course.cloud import Cloud, cloud_of
from icac.course.fit import moved_onto
from icac.course.reach import AROUND_IN_CANAL_MM, AROUND_MM, BELOW_MM, BEYOND_MM
from icac.geometry import Volume

#: What a course is, in words.
DEFINITION = ("Centreline of the carotid from the entrance of the carotid canal (C2) to the terminus (C7): that of the "
              "registered reference head, moved to where the network sees the artery (fitted), if the model looks for "
              "it; its lumen is that of the reference head, in the bony canal (C2 and C3) as wide as it is seen. Where "
              f"it is fitted, calcium farther than {AROUND_MM:g} mm outside the lumen ({AROUND_IN_CANAL_MM:g} mm in "
              f"the bony canal), {BELOW_MM:g} mm below the entrance or {BEYOND_MM:g} mm beyond the terminus is not "
              "ICAC.")

#: Share of the lumen that must be seen, or the course stays as it was registered.
LEAST_EVIDENCE = 0.4


@dataclass(frozen=True, eq=False)
class CourseFit:
    """The course of one side.

    Attributes
    ----------
    course : Course
        LPS mm.
    evidence : float or None
        Share of the expected lumen that the network sees, mean over the course, 0 to 1; None if it was not asked.
    moved_mm : float
        Mean distance from the registered course; 0 if not fitted.
    fitted : bool
        Whether the course was moved.

    """

    course: Course
    evidence: float | None = None
    moved_mm: float = 0.0
    fitted: bool = False

    def transformed(self, matrix: np.ndarray) -> CourseFit:
        """Move the course by a 4 x 4 rigid LPS-to-LPS map."""
        return replace(self, course=self.course.transformed(matrix))

    @property
    def warning(self) -> str | None:
        """One sentence if the artery was looked for and not seen."""
        if self.fitted or self.evidence is None:
            return None
        return (f"The {self.course.side.value} carotid was hardly seen in the scan ({self.evidence:.0%} of its lumen): "
                "its course is only that of the registration; check where it lies.")


def registered_courses(courses: Mapping[Side, Course]) -> dict[Side, CourseFit]:
    """Return the courses as they are registered, for a network that does not look for the carotids."""
    return {side: CourseFit(course) for side, course in courses.items()}


def fit_courses(artery: Volume, courses: Mapping[Side, Course]) -> dict[Side, CourseFit]:
    """Find the course of each side in the network's output of the carotids.

    Parameters
    ----------
    artery : Volume
        Probability of the inside of a carotid, float32 (z, y, x); 0 where it was not computed.
    courses : mapping of Side to Course
        As registration expects them, in the same space.

    """
    cloud = cloud_of(artery)
    distance = np.stack([course.nearest(cloud.points).distance_mm for course in courses.values()])
    owner = distance.argmin(axis=0)
    return {side: _fit(course, cloud.part(owner == number)) for number, (side, course) in enumerate(courses.items())}


def _fit(course: Course, cloud: Cloud) -> CourseFit:
    fitted, found_mm3 = moved_onto(course, cloud)
    evidence = _seen(fitted, found_mm3)
    if evidence < LEAST_EVIDENCE:
        return CourseFit(course, evidence)
    moved = float(course.nearest(fitted.points).distance_mm.mean())
    return CourseFit(with_measured_canal(fitted, found_mm3), evidence, moved, True)


def _seen(course: Course, found_mm3: np.ndarray) -> float:
    """Return the share of the lumen that was found, mean over the stations."""
    place = np.linspace(0.0, 1.0, len(found_mm3))
    radius = np.interp(place, np.linspace(0.0, 1.0, len(course.points)), course.radius_mm)
    expected = np.pi * radius**2 * course.arc_length_mm[-1] / (len(found_mm3) - 1)
    return float(np.minimum(found_mm3 / expected, 1.0).mean())
