"""Rigid registration of any head CT to the reference head, from coarse to fine and from many starts."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import lru_cache

import numpy as np
from scipy.spatial.transform import Rotation

from icac.errors import RegistrationError
from icac.geometry import Volume
from icac.log import LOGGER
from icac.reference import ReferenceHead
from icac.registration.bones import COARSE_BLUR_MM, FINE_BLUR_MM, BoneFit
from icac.registration.optimize import optimize
from icac.registration.pose import Pose
from icac.registration.prepare import WorkingCopy, scan_copy, working_copy
from icac.registration.quality import measured_share, quality_of
from icac.registration.result import UNCERTAIN_BELOW, Registration
from icac.registration.settle import settled
from icac.registration.starts import find_starts, near_rotations, turned_rotations

#: Quality under which registration is refused, and under which it is returned with a warning. Chosen by looking at few
#: scans: right poses of a CT of one patient 0.70 to 0.74, of a skull phantom 0.51 to 0.64, of an averaged head 0.54, of
#: parametric heads 0.80 to 0.92; wrong poses of whole heads up to 0.51, of noise 0.16, but of a 120 x 120 x 60 mm piece
#: of the phantom up to 0.60. Between the two a right pose cannot be told from a wrong one, so the user is warned.
REFUSE_BELOW, WARN_BELOW = 0.5, UNCERTAIN_BELOW
#: By how much a head turned against the stated patient position must fit better to be believed.
TURNED_GAIN = 0.08
#: Share of the carotid courses that must have been scanned, and under which there is a warning.
LEAST_COURSE, WHOLE_COURSE = 0.25, 0.98
#: Turn in degrees from the patient position that the scan states, above which the user is asked to check it.
UNUSUAL_TURN_DEG = 45.0
#: Poses closer than this in mm at the carotids are one.
SAME_POSE_MM = 4.0
#: Number of starts fitted at 8 mm, and of different poses kept for 4 mm.
STARTS, KEPT = 8, 2
#: Starts are fitted, likest first, until so many have ended in the likest pose and the bones are as like as that: the
#: head is found then. Of seven real heads all eight starts ended in one pose; of pieces of a head they often do not.
AGREED, FOUND_LIKENESS = 3, 0.8


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
    head = _reference_copy(reference)
    points = np.concatenate([course.points for course in reference.courses.values()])
    scan, to_scan = scan_copy(ct)
    pose = _best_pose(scan, head, points, near_rotations())
    quality = quality_of(scan, head, pose)
    if quality < WARN_BELOW:
        stated = Rotation.from_matrix(to_scan[:3, :3]).inv()
        other = _best_pose(scan, head, points, [stated, *turned_rotations()])
        other_quality = quality_of(scan, head, other)
        LOGGER.info("the head fits poorly (%.2f); a second, wider search fits %.2f and is %s", quality, other_quality,
                    "taken" if other_quality > quality + TURNED_GAIN else "left")
        if other_quality > quality + TURNED_GAIN:
            pose, quality = other, other_quality
    course = measured_share(scan, pose, points)
    _refuse(quality, course)
    pose = replace(pose, matrix=to_scan @ pose.matrix)
    return Registration(pose.matrix, quality, time.perf_counter() - began, _warning(pose, quality, course))


@lru_cache(maxsize=2)
def _reference_copy(reference: ReferenceHead) -> WorkingCopy:
    return working_copy(reference.volume)


def _best_pose(scan: WorkingCopy, head: WorkingCopy, points: np.ndarray, rotations: list[Rotation]) -> Pose:
    """Search, fit the bones at 8 and 4 mm, and optimise all grey values of the best around its skull base."""
    starts = find_starts(scan.bone[4], scan.measured_share[4], head.bone[4], rotations, STARTS)
    coarse = BoneFit(scan.bone[4], scan.measured_share[4], head.bone[2], COARSE_BLUR_MM)
    kept = _different(_fitted(coarse, starts, points), points)[:KEPT]
    fine = BoneFit(scan.bone[2], scan.measured_share[2], head.bone[1], FINE_BLUR_MM)
    best = max((fine.refine(pose) for pose in kept), key=lambda pose: pose.likeness)
    box, start = settled(scan, head, best, points)
    return replace(optimize(box, head, start), likeness=best.likeness)


def _fitted(coarse: BoneFit, starts: list[Pose], points: np.ndarray) -> list[Pose]:
    """Fit the starts in turn until the head is found, or all of them."""
    poses: list[Pose] = []
    for start in starts:
        poses.append(coarse.refine(start))
        best = max(poses, key=lambda pose: pose.likeness)
        agreed = sum(pose.distance_mm(best, points) < SAME_POSE_MM for pose in poses)
        if agreed >= AGREED and best.likeness >= FOUND_LIKENESS:
            break
    return poses


def _different(poses: list[Pose], points: np.ndarray) -> list[Pose]:
    """Return the poses, likest first, without those that nearly repeat a better one."""
    different: list[Pose] = []
    for pose in sorted(poses, key=lambda pose: -pose.likeness):
        if all(pose.distance_mm(other, points) > SAME_POSE_MM for other in different):
            different.append(pose)
    return different


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
    turn = np.degrees(Rotation.from_matrix(pose.matrix[:3, :3]).magnitude())
    if quality < WARN_BELOW:
        return f"The head fits the reference poorly (quality {quality:.2f}); check where the carotid courses lie."
    if turn > UNUSUAL_TURN_DEG:
        return f"The head is turned by {turn:.0f} degrees; check the patient position and the sides stated in the scan."
    if course < WHOLE_COURSE:
        return f"Only {course:.0%} of the intracranial carotids lie within the scan; ICAC outside it is not measured."
    return None
