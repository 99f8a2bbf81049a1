"""The calcium burden of a scan: totals over its lesions, per side and per segment.

Two volumes are given. The *volume* counts the voxels of the lesions, i.e. of at least 130 HU and a
probability above the threshold. The *expected volume* sums the probabilities of all voxels of at least 130
HU: if the probabilities are calibrated it is unbiased, where a thresholded volume is not (Bertels et al.
2021, "Theoretical analysis and experimental validation of volume bias of soft Dice optimized segmentation
maps").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from icac.anatomy import SEGMENTS, Course, Segment, Side
from icac.calcium import is_calcium_dense
from icac.geometry import Volume
from icac.geometry.box import Box, bounding_box, placed, voxels_in, whole_box
from icac.lesions.assign import assign_points
from icac.lesions.lesion import Lesion

#: Words for reports.
DEFINITIONS = {
    "volume_mm3": "Voxels of at least 130 HU on the intracranial internal carotid artery (C2 to C7) whose "
                  "probability exceeds the threshold, in connected groups of which some voxel reaches the lesion "
                  "threshold, x voxel volume (determinant of the voxel axes).",
    "expected_volume_mm3": "Sum of the probabilities of all voxels of at least 130 HU in the analysed region "
                           "x voxel volume. Independent of the threshold.",
    "side": "A lesion belongs to the artery whose centreline is nearest to most of its voxels.",
    "segment": "Segments C2 to C7 after Bouthillier 1996, by the nearest centreline point. Volumes per segment "
               "are counted voxel by voxel; a lesion is named after the segment of most of its voxels.",
}


@dataclass(frozen=True)
class Amount:
    """How much calcium there is.

    Attributes
    ----------
    volume_mm3 : float
        Sum of the volumes of the lesions.
    expected_volume_mm3 : float
        Sum of probability x voxel volume over voxels of at least 130 HU.
    agatston : float
        Sum of the Agatston-type scores of the lesions.
    lesions : int
        Number of lesions.

    """

    volume_mm3: float
    expected_volume_mm3: float
    agatston: float
    lesions: int


@dataclass(frozen=True)
class Burden:
    """The calcium of a scan.

    Attributes
    ----------
    total : Amount
        Both sides together.
    by_side : dict of Side to Amount
        Both sides, zeros included.
    volume_by_segment_mm3 : dict of Side to dict of Segment to float
        Volume of each segment on each side, zeros included.

    """

    total: Amount
    by_side: dict[Side, Amount]
    volume_by_segment_mm3: dict[Side, dict[Segment, float]]

    def segment_volume_mm3(self, segment: Segment) -> float:
        """Volume of one segment, both sides together."""
        return sum(self.volume_by_segment_mm3[side][segment] for side in Side)


def measure_burden(lesions: Sequence[Lesion], ct: Volume, probability: np.ndarray,
                   courses: Mapping[Side, Course], region: np.ndarray | None = None, box: Box | None = None) -> Burden:
    """Sum the lesions of a scan and its expected volume.

    Parameters
    ----------
    lesions : sequence of Lesion
    ct : Volume
        The scan in HU.
    probability : numpy.ndarray of float32
        Probability of ICAC on the voxels of the scan, shape (z, y, x); zero where the network did not look.
    courses : mapping of Side to Course
        In the space of the scan, LPS mm.
    region : numpy.ndarray of bool, optional
        The analysed region, shape (z, y, x). All voxels if omitted, which is the same as long as the
        probability is zero outside the region.
    box : Box, optional
        A part of the scan outside of which the probability is zero, to save time.

    Returns
    -------
    Burden

    """
    expected = _expected_volumes(ct, probability, courses, region, box or whole_box(probability.shape))
    by_side = {side: _amount([le for le in lesions if le.side is side], expected[side]) for side in Side}
    by_segment = {side: _segment_volumes([le for le in lesions if le.side is side]) for side in Side}
    return Burden(_amount(lesions, sum(expected.values())), by_side, by_segment)


def _segment_volumes(lesions: Sequence[Lesion]) -> dict[Segment, float]:
    return {segment: float(sum(le.volume_by_segment_mm3[segment] for le in lesions)) for segment in SEGMENTS}


def _amount(lesions: Sequence[Lesion], expected_volume_mm3: float) -> Amount:
    return Amount(
        volume_mm3=float(sum(lesion.volume_mm3 for lesion in lesions)),
        expected_volume_mm3=float(expected_volume_mm3),
        agatston=float(sum(lesion.agatston for lesion in lesions)),
        lesions=len(lesions),
    )


def _expected_volumes(ct: Volume, probability: np.ndarray, courses: Mapping[Side, Course],
                      region: np.ndarray | None, searched: Box) -> dict[Side, float]:
    volumes = dict.fromkeys(Side, 0.0)
    tight = bounding_box(probability[searched] > 0)  # the network looks at a small part of a head
    if tight is None:
        return volumes
    box = placed(tight, searched)
    counted = (probability[box] > 0) & is_calcium_dense(ct.array[box])
    if region is not None:
        counted &= region[box]
    index_zyx = voxels_in(box, counted)
    if len(index_zyx) == 0:
        return volumes
    found = assign_points(ct.frame.to_lps(index_zyx[:, ::-1]), courses)
    weights = probability[box][counted].astype(float)  # float32 sums of a million terms would lose digits
    sums = np.bincount(found.side_index, weights, minlength=len(found.sides)) * ct.frame.voxel_volume_mm3
    volumes.update(zip(found.sides, map(float, sums), strict=True))
    return volumes
