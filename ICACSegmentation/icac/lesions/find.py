"""Finding and measuring the lesions of a segmentation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from icac.anatomy import SEGMENTS, Course, Segment, Side
from icac.geometry import Volume
from icac.lesions.agatston import agatston_score
from icac.lesions.assign import assign_points
from icac.lesions.components import Box, label_components
from icac.lesions.contact import bone_contact
from icac.lesions.lesion import Lesion
from icac.lesions.slices import array_axis


class FoundLesions(NamedTuple):
    """The lesions of a scan and where they are."""

    lesions: list[Lesion]
    """By falling volume; the id of a lesion is its place in this list, from 1."""
    labels: np.ndarray
    """int32 (z, y, x): 0 outside, else the id of the lesion."""


def find_lesions(mask: np.ndarray, ct: Volume, probability: np.ndarray, courses: Mapping[Side, Course], *,
                 min_volume_mm3: float = 0.0, min_area_mm2: float = 0.0) -> FoundLesions:
    """Split a segmentation into lesions and measure each.

    Parameters
    ----------
    mask : numpy.ndarray of bool
        The segmentation, shape (z, y, x), on the voxels of the scan.
    ct : Volume
        The scan in HU.
    probability : numpy.ndarray of float32
        Probability of ICAC, shape (z, y, x).
    courses : mapping of Side to Course
        Courses of the carotids in the space of the scan, LPS mm. At least one.
    min_volume_mm3 : float
        Smaller lesions are dropped. By default none is.
    min_area_mm2 : float
        Smallest area in a slice that counts for the Agatston-type score. By default every area counts.

    Returns
    -------
    FoundLesions

    """
    voxel = ct.frame.voxel_volume_mm3
    # The small slack keeps a lesion of exactly the minimum in spite of rounding.
    min_voxels = max(1, int(np.ceil(min_volume_mm3 / voxel - 1e-9)))
    labels, count = label_components(np.asarray(mask, dtype=bool), min_voxels)
    boxes = ndimage.find_objects(labels, max_label=count)
    lesions = [
        _measure(number, box, labels, ct, probability, courses, min_area_mm2)
        for number, box in enumerate(boxes, start=1)
    ]
    return FoundLesions(lesions, labels)


def _measure(number: int, box: Box, labels: np.ndarray, ct: Volume, probability: np.ndarray,
             courses: Mapping[Side, Course], min_area_mm2: float) -> Lesion:
    box = _with_margin(box, labels.shape)
    inside = labels[box] == number
    hu = ct.array[box]
    index_zyx = np.argwhere(inside) + [s.start for s in box]
    points = ct.frame.to_lps(index_zyx[:, ::-1])
    side, segments, distances = _nearest_artery(points, courses)
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
        center_lps_mm=tuple(float(v) for v in points.mean(axis=0)),
        first_slice=int(layers.min()),
        last_slice=int(layers.max()),
        mean_hu=float(hu[inside].mean(dtype=float)),
        max_hu=float(hu[inside].max()),
        mean_probability=float(probability[box][inside].mean(dtype=float)),
        bone_contact=bone_contact(inside, hu, ct.frame),
        agatston=agatston_score(inside, hu, ct.frame, min_area_mm2),
    )


def _with_margin(box: Box, shape: tuple[int, int, int]) -> Box:
    """Widen a box by one voxel where the array allows, so that the neighbours of the lesion are in it."""
    return tuple(slice(max(s.start - 1, 0), min(s.stop + 1, n)) for s, n in zip(box, shape, strict=True))


def _nearest_artery(points: np.ndarray,
                    courses: Mapping[Side, Course]) -> tuple[Side, np.ndarray, np.ndarray]:
    """Return the side most points vote for, and each point's segment and distance on that side's course."""
    found = assign_points(points, courses)
    votes = np.bincount(found.side_index, minlength=len(found.sides))
    # Equal votes: the artery that is nearer on average.
    winner = max(range(len(found.sides)), key=lambda n: (votes[n], -found.distances_mm[:, n].mean()))
    return found.sides[winner], found.segments[:, winner], found.distances_mm[:, winner]
