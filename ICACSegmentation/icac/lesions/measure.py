"""Measuring one lesion, in a small block of the scan."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from icac.anatomy import SEGMENTS, Course, Segment, Side
from icac.geometry import Volume, three
from icac.geometry.box import Box, voxels_in
from icac.lesions.agatston import agatston_score
from icac.lesions.assign import nearest_artery
from icac.lesions.contact import bone_contact
from icac.lesions.lesion import Lesion
from icac.lesions.morphometry import tally
from icac.lesions.slices import array_axis

#: Voxels around a lesion that are looked at to measure it.
NEIGHBOURS = 1


def measure_lesion(number: int, box: Box, inside: np.ndarray, ct: Volume, probability: np.ndarray | None,
                   courses: Mapping[Side, Course], *, others: np.ndarray | None = None,
                   min_area_mm2: float = 0.0) -> Lesion:
    """Measure a lesion on the voxels of the scan.

    Parameters
    ----------
    number : int
        Becomes the id of the lesion.
    box : tuple of slice
        Block of the scan, slices for (z, y, x) with explicit ends; widened by :data:`NEIGHBOURS` voxels where the scan
        has them, as bone contact looks there.
    inside : numpy.ndarray of bool
        The lesion in the box; at least one voxel.
    ct : Volume
        The whole scan in HU.
    probability : numpy.ndarray of float32, optional
        Probability of ICAC on the voxels of the scan, shape (z, y, x). Without it the mean probability of the lesion
        is not a number.
    courses : mapping of Side to Course
        Courses of the carotids in the space of the scan, LPS mm. At least one.
    others : numpy.ndarray of bool, optional
        Voxels of other lesions in the box, which do not count as bone. None by default: separate components of a mask
        never touch.
    min_area_mm2 : float
        Smallest area in a slice that counts for the Agatston-type score.

    Returns
    -------
    Lesion

    """
    hu = ct.array[box]
    index_zyx = voxels_in(box, inside)
    points = ct.frame.to_lps(index_zyx[:, ::-1])
    side, segments, distances = nearest_artery(points, courses)
    volumes = np.bincount(segments, minlength=max(SEGMENTS) + 1) * ct.frame.voxel_volume_mm3
    layers = index_zyx[:, array_axis(ct.frame)]
    return Lesion(
        id=number,
        voxels=len(points),
        volume_mm3=len(points) * ct.frame.voxel_volume_mm3,
        volume_by_segment_mm3={segment: float(volumes[segment]) for segment in SEGMENTS},
        side=side,
        segment=Segment(int(volumes.argmax())),
        course_distance_mm=float(distances.mean()),
        center_lps_mm=three(float(v) for v in points.mean(axis=0)),
        first_slice=int(layers.min()),
        last_slice=int(layers.max()),
        mean_hu=float(hu[inside].mean(dtype=float)),
        max_hu=float(hu[inside].max()),
        mean_probability=float("nan") if probability is None else float(probability[box][inside].mean(dtype=float)),
        bone_contact=bone_contact(inside, hu, ct.frame, others),
        agatston=agatston_score(inside, hu, ct.frame, min_area_mm2),
        tally=tally(inside, box, hu, ct.frame, courses[side]),
    )
