"""The search for the reference head in one scan: from many starts, from coarse to fine, and twice where it must be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from icac.log import LOGGER
from icac.registration.bones import COARSE_BLUR_MM, FINE_BLUR_MM, BoneFit
from icac.registration.optimize import optimize
from icac.registration.pose import Pose
from icac.registration.prepare import WorkingCopy
from icac.registration.quality import quality_of
from icac.registration.settle import settled
from icac.registration.starts import find_starts, near_rotations, turned_rotations

#: By how much a head turned against the stated patient position must fit better to be believed.
TURNED_GAIN = 0.08
#: Poses closer than this in mm at the carotids are one.
SAME_POSE_MM = 4.0
#: Number of starts fitted at 8 mm, and of different poses kept for 4 mm.
STARTS, KEPT = 8, 2
#: Starts are fitted, likest first, until so many have ended in the likest pose and the bones are as like as that, or
#: until all of so many have ended there: the head is found then. Of seven real heads all eight starts ended in one
#: pose; of pieces of a head they often do not.
AGREED, FOUND_LIKENESS, ALL_AGREED = 3, 0.8, 4
#: The wider search fits starts from this share of the likeness of the best start of the first search on, and goes on
#: with what they end in if it is likelier by so much. Of 34 heads and pieces of heads, turned or not: where the wider
#: search was right, its best start was at least as like as the first search's, and its pose likelier by 0.06 to 0.29;
#: where the first was right, both found the same pose, alike to 0.01.
WIDER_START, WIDER_GAIN = 0.9, 0.02
#: A step that moves the bones by less than this, mm, ends a fit at 8 mm: what comes after sees finer things.
COARSE_STEP_MM = 0.2


@dataclass(frozen=True, eq=False)
class Found:
    """What a search found.

    Attributes
    ----------
    pose : Pose
        Final.
    quality : float
        Of the head there, see :mod:`icac.registration.quality`.
    start_likeness, fitted_likeness : float
        Of the best start, and of the best pose that the bones at 8 mm gave.

    """

    pose: Pose
    quality: float
    start_likeness: float
    fitted_likeness: float


class HeadSearch:
    """The search in one scan; what both searches need is made once.

    Parameters
    ----------
    scan, head : WorkingCopy
        Of the scan and of the reference head.
    points : numpy.ndarray
        Shape (n, 3): the carotid courses of the reference, LPS mm, where poses are compared.

    """

    def __init__(self, scan: WorkingCopy, head: WorkingCopy, points: np.ndarray) -> None:
        self._scan, self._head, self._points = scan, head, points

    def near(self) -> Found:
        """Search near the directions of the voxels."""
        starts = self.starts(near_rotations())
        return self._settled(starts, self.fitted(starts))

    def wider(self, stated: np.ndarray, first: Found) -> Found:
        """Search at all turns of a cube, and at the position that the scan states; return the better of both searches.

        Parameters
        ----------
        stated : numpy.ndarray
            Rotation, 3 x 3, that lays an upright reference into the scan.
        first : Found
            Of :meth:`near`.

        """
        starts = [start for start in self.starts([stated, *turned_rotations()])
                  if start.likeness >= WIDER_START * first.start_likeness]
        fitted = self.fitted(starts)
        if max((pose.likeness for pose in fitted), default=0.0) <= first.fitted_likeness + WIDER_GAIN:
            LOGGER.info("the head fits poorly (%.2f); a second, wider search finds nothing likelier", first.quality)
            return first
        other = self._settled(starts, fitted)
        better = other.quality > first.quality + TURNED_GAIN
        LOGGER.info("the head fits poorly (%.2f); a second, wider search fits %.2f and is %s", first.quality,
                    other.quality, "taken" if better else "left")
        return other if better else first

    @cached_property
    def coarse(self) -> BoneFit:
        """The fit of the bones at 8 mm."""
        return BoneFit(self._scan.bone[4], self._scan.measured_share[4], self._head.bone[2], COARSE_BLUR_MM)

    @cached_property
    def fine(self) -> BoneFit:
        """The fit of the bones at 4 mm."""
        return BoneFit(self._scan.bone[2], self._scan.measured_share[2], self._head.bone[1], FINE_BLUR_MM)

    def starts(self, rotations: list[np.ndarray]) -> list[Pose]:
        """Return the best starts among some rotations, likest first."""
        return find_starts(self._scan.bone[4], self._scan.measured_share[4], self._head.bone[4], rotations, STARTS)

    def fitted(self, starts: list[Pose]) -> list[Pose]:
        """Fit the starts in turn until the head is found, or all of them."""
        poses: list[Pose] = []
        for start in starts:
            poses.append(self.coarse.refine(start, enough_mm=COARSE_STEP_MM))
            best = max(poses, key=lambda pose: pose.likeness)
            agreed = sum(pose.distance_mm(best, self._points) < SAME_POSE_MM for pose in poses)
            if (agreed >= AGREED and best.likeness >= FOUND_LIKENESS) or agreed == len(poses) >= ALL_AGREED:
                break
        return poses

    def _settled(self, starts: list[Pose], fitted: list[Pose]) -> Found:
        """Fit the bones of the best poses at 4 mm, and optimise all grey values of the best around its skull base."""
        kept = self._different(fitted)[:KEPT]
        best = max((self.fine.refine(pose) for pose in kept), key=lambda pose: pose.likeness)
        box, start = settled(self._scan, best, self._points, {4: self.coarse, 2: self.fine})
        pose = replace(optimize(box, self._head, start), likeness=best.likeness)
        return Found(pose, self._quality((pose, best)), starts[0].likeness, kept[0].likeness)

    def _quality(self, poses: tuple[Pose, ...]) -> float:
        """Return the highest quality of poses of one head: where the skull base is, and where all of it fits best.

        Of a piece of a skull that is unlike the reference, the skull base alone fits a little less well.
        """
        return max(quality_of(self._scan, self._head, pose) for pose in poses)

    def _different(self, poses: list[Pose]) -> list[Pose]:
        """Return the poses, likest first, without those that nearly repeat a better one."""
        different: list[Pose] = []
        for pose in sorted(poses, key=lambda pose: -pose.likeness):
            if all(pose.distance_mm(other, self._points) > SAME_POSE_MM for other in different):
                different.append(pose)
        return different
