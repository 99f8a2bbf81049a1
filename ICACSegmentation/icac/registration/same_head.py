"""Alignment of two scans of one person: to a fraction of a millimetre, and refused if the heads are not one.

Both scans have been laid on the reference head, which brings them to a few millimetres of each other. One of them is
then taken for the reference itself: all that :mod:`icac.registration` does with an average head, it does better with
the head of the same person. What is compared lies around the sella, so that jaw and neck may have moved.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from icac.errors import RegistrationError
from icac.geometry import Frame, Volume
from icac.registration.bones import BoneFit
from icac.registration.optimize import COARSE, Resolution, optimize
from icac.registration.pose import Pose
from icac.registration.prepare import WorkingCopy, scan_copy, working_copy
from icac.registration.quality import sample

#: The last step: voxels of 2 mm, hardly blurred.
FINE = Resolution(1, 1.5, 0.5, 0.005)
#: Blur in mm of the bones that are compared.
BLUR_MM = 1.5
#: What is compared: 120 x 110 x 76 mm around the carotids at 2 mm, above jaw and first vertebra; reference space.
REGION = Frame.regular((2.0, 2.0, 2.0), (61, 56, 39), center=(0.0, 4.0, 4.0))
#: Least share of the region that both scans must show.
LEAST_SHARE = 0.3
#: Correlation of the bones below which two heads are not taken for one.
LEAST_LIKENESS = 0.9


@dataclass(frozen=True, eq=False)
class HeadAlignment:
    """How one scan of a head lies on another.

    Attributes
    ----------
    moving_to_fixed : numpy.ndarray
        4 x 4 rigid map, LPS mm of the one scan to LPS mm of the other.
    likeness : float
        Correlation of the bones around the carotids, at most 1; of one head well above that of two.

    """

    moving_to_fixed: np.ndarray
    likeness: float

    @property
    def inverse(self) -> HeadAlignment:
        """The same the other way round."""
        return replace(self, moving_to_fixed=np.linalg.inv(self.moving_to_fixed))


def align_heads(fixed: Volume, reference_to_fixed: np.ndarray, moving: Volume, reference_to_moving: np.ndarray
                ) -> HeadAlignment:
    """Lay one scan of a head on another.

    Parameters
    ----------
    fixed, moving : Volume
        HU, (z, y, x), on any frames in LPS mm.
    reference_to_fixed, reference_to_moving : numpy.ndarray
        4 x 4; where the reference head lies in them, as of :func:`icac.registration.register`.

    Raises
    ------
    RegistrationError
        A scan shows no head, or too little is in both.

    """
    scan, to_scan = scan_copy(fixed)
    to_reference = np.linalg.inv(reference_to_moving)
    head = working_copy(Volume(moving.array, Frame(to_reference @ moving.frame.affine, moving.frame.size)))
    start = Pose(np.linalg.inv(to_scan) @ reference_to_fixed)
    bones = BoneFit(scan.bone[2], scan.measured_share[2], head.bone[1], 2.5).refine(start)
    pose = optimize(scan, head, replace(bones, stretch=np.ones(3)), COARSE)
    pose = optimize(scan, head, pose, FINE)
    return HeadAlignment(to_scan @ pose.matrix @ to_reference, likeness_of(scan, head, pose))


def likeness_of(scan: WorkingCopy, head: WorkingCopy, pose: Pose) -> float:
    """Return the correlation of the bones around the carotids where both scans show them.

    Raises RegistrationError if both show too little of the region.
    """
    points = REGION.to_lps(np.argwhere(np.ones(REGION.size, bool)))
    in_scan = pose.place(points)
    both = ((scan, in_scan), (head, points))
    seen = np.logical_and(*(sample(copy, copy.measured_share[1].array, at, 1) > 0.5 for copy, at in both))
    if seen.mean() < LEAST_SHARE:
        raise RegistrationError(f"The two scans share only {seen.mean():.0%} of the skull base around the carotids; "
                                "compare scans that both cover it.")
    values = [sample(copy, _bones(copy), at, 1)[seen] for copy, at in both]
    return float(np.corrcoef(values)[0, 1]) if min(v.std() for v in values) > 1e-3 else 0.0


def _bones(copy: WorkingCopy) -> np.ndarray:
    bone = copy.bone[1]
    return ndimage.gaussian_filter(bone.array, BLUR_MM / np.asarray(bone.frame.spacing)[::-1], mode="constant")

