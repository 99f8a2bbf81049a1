"""Rigid registration of any head CT to the reference head: the pose, or why there is none."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import lru_cache

import numpy as np

from icac.errors import RegistrationError
from icac.geometry import Volume
from icac.geometry.rotations import rotation_vector
from icac.reference import ReferenceHead
from icac.registration.pose import Pose
from icac.registration.prepare import WorkingCopy, scan_copy, working_copy
from icac.registration.quality import measured_share
from icac.registration.result import UNCERTAIN_BELOW, Registration
from icac.registration.search import HeadSearch

#: Quality under which registration is refused, and under which it is returned with a warning. Chosen by looking at few
#: scans: right poses of a CT of one patient 0.70 to 0.74, of a skull phantom 0.51 to 0.64, of an averaged head 0.54, of
#: parametric heads 0.80 to 0.92; wrong poses of whole heads up to 0.51, of noise 0.16, but of a 120 x 120 x 60 mm piece
#: of the phantom up to 0.60. Between the two a right pose cannot be told from a wrong one, so the user is warned.
REFUSE_BELOW, WARN_BELOW = 0.5, UNCERTAIN_BELOW
#: Share of the carotid courses that must have been scanned, and under which there is a warning.
LEAST_COURSE, WHOLE_COURSE = 0.25, 0.98
#: Turn in degrees from the patient position that the scan states, above which the user is asked to check it.
UNUSUAL_TURN_DEG = 45.0


def register(ct: Volume, reference: ReferenceHead) -> Registration:
    """Find the reference head in a head CT.

    Works from any position of the head in the scan and rotations of some 35 degrees about any axis against the voxels
    of the scan; heads that are turned further, because the scan states a wrong patient position, are found by a
    second, wider search. The pose follows from the voxels of the head: where the scan says that they lie, how they are
    stored and how much around the head was scanned makes no difference (:func:`icac.registration.prepare.scan_copy`).

    Parameters
    ----------
    ct : Volume
        HU, (z, y, x), on any frame in LPS mm.
    reference : ReferenceHead

    Returns
    -------
    Registration

    Raises
    ------
    RegistrationError
        If no skull base like that of the reference is found, or if it was not scanned.

    """
    began = time.perf_counter()
    points = np.concatenate([course.points for course in reference.courses.values()])
    scan, to_scan = scan_copy(ct)
    search = HeadSearch(scan, _reference_copy(reference), points)
    found = search.near()
    if found.quality < WARN_BELOW:
        found = search.wider(to_scan[:3, :3].T, found)
    course = measured_share(scan, found.pose, points)
    _refuse(found.quality, course)
    pose = replace(found.pose, matrix=to_scan @ found.pose.matrix)
    return Registration(pose.matrix, found.quality, time.perf_counter() - began, _warning(pose, found.quality, course))


def prepare_registration(reference: ReferenceHead) -> None:
    """Make what every registration needs of the reference head: beside the reading of a scan it costs nothing."""
    _ = _reference_copy(reference).bone  # made when it is first asked for


@lru_cache(maxsize=2)
def _reference_copy(reference: ReferenceHead) -> WorkingCopy:
    return working_copy(reference.volume)


def _refuse(quality: float, course: float) -> None:
    if course < LEAST_COURSE:
        raise RegistrationError(
            f"Only {course:.0%} of the intracranial carotid arteries were found within the scan; use a head CT that "
            "covers the skull base.")
    if quality < REFUSE_BELOW:
        raise RegistrationError(
            f"No skull base like that of the reference head was found (quality {quality:.2f}, at least "
            f"{REFUSE_BELOW} is needed); check that the scan is a head CT that covers the skull base.")


def _warning(pose: Pose, quality: float, course: float) -> str | None:
    turn = np.degrees(np.linalg.norm(rotation_vector(pose.matrix[:3, :3])))
    if quality < WARN_BELOW:
        return f"The head fits the reference poorly (quality {quality:.2f}); check where the carotid courses lie."
    if turn > UNUSUAL_TURN_DEG:
        return f"The head is turned by {turn:.0f} degrees; check the patient position and the sides stated in the scan."
    if course < WHOLE_COURSE:
        return f"Only {course:.0%} of the intracranial carotids lie within the scan; ICAC outside it is not measured."
    return None
