"""How well a pose fits, and how much of the carotids was scanned.

The quality is the geometric mean of two figures from 0 (nothing alike) to 1 (the same head): the correlation of the
bones around the carotids at the final pose, and the cosine of all bones of the scan with those of the reference, to
which bone that has no counterpart adds nothing. Both must be high: a shell or a rib cage can resemble a vault but has
no skull base, and a piece of bone can resemble a part of a skull base.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from icac.geometry import Frame
from icac.registration.pose import Pose
from icac.registration.prepare import WorkingCopy

#: The skull base as it is compared: 132 x 132 x 100 mm around the carotids at 4 mm, reference space.
REGION = Frame.regular((4.0, 4.0, 4.0), (34, 34, 26), center=(0.0, 3.0, -2.0))
#: Standard deviation in mm of the blur of both bone maps: lets heads differ by a few mm.
BLUR_MM = 4.0


def quality_of(scan: WorkingCopy, reference: WorkingCopy, pose: Pose) -> float:
    """Return the quality of a final pose, 0 to 1."""
    return float(np.sqrt(skull_base_likeness(scan, reference, pose) * max(pose.likeness, 0.0)))


def skull_base_likeness(scan: WorkingCopy, reference: WorkingCopy, pose: Pose) -> float:
    """Correlate the bones of scan and reference around the carotids.

    Returns
    -------
    float
        Pearson correlation of both blurred bone maps over the measured part of :data:`REGION`, 0 (none or negative)
        to 1 (identical); 0 if less than a fifth of the region was measured.

    """
    points = REGION.to_lps(np.argwhere(np.ones(REGION.size, bool)))
    in_scan = pose.place(points * pose.stretch)
    measured = sample(scan, scan.measured_share[2].array, in_scan) > 0.5
    if measured.mean() < 0.2:
        return 0.0
    values = [sample(copy, _blurred_bone(copy), at)[measured] for copy, at in ((scan, in_scan), (reference, points))]
    if min(v.std() for v in values) < 1e-3:
        return 0.0
    return float(max(0.0, np.corrcoef(values)[0, 1]))


def measured_share(scan: WorkingCopy, pose: Pose, points: np.ndarray) -> float:
    """Return the share (0 to 1) of reference points (n, 3), LPS mm, that lie where the scan measured."""
    return float((sample(scan, scan.measured_share[1].array, pose.place(points), 1) > 0.5).mean())


def _blurred_bone(copy: WorkingCopy) -> np.ndarray:
    bone = copy.bone[2]
    return ndimage.gaussian_filter(bone.array, BLUR_MM / np.asarray(bone.frame.spacing)[::-1], mode="constant")


def sample(copy: WorkingCopy, array: np.ndarray, points: np.ndarray, factor: int = 2) -> np.ndarray:
    """Sample an array (z, y, x) of a level of a copy at points (n, 3), LPS mm, linearly; 0 outside."""
    index = copy.bone[factor].frame.to_index(points)[:, ::-1].T
    return ndimage.map_coordinates(array, index, order=1, cval=0.0)
