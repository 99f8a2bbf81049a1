"""Finding and measuring the lesions of a segmentation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from icac.anatomy import Course, Side
from icac.geometry import Volume
from icac.geometry.box import bounding_box, placed, widen
from icac.lesions.components import label_components
from icac.lesions.lesion import Lesion
from icac.lesions.measure import NEIGHBOURS, measure_lesion


class FoundLesions(NamedTuple):
    """The lesions of a scan and where they are."""

    lesions: list[Lesion]
    """By falling volume; the id of a lesion is its place in this list, from 1."""
    labels: np.ndarray
    """int32 (z, y, x): 0 outside, else the id of the lesion."""


def find_lesions(mask: np.ndarray, ct: Volume, probability: np.ndarray | None, courses: Mapping[Side, Course], *,
                 min_volume_mm3: float = 0.0, min_area_mm2: float = 0.0) -> FoundLesions:
    """Split a segmentation into lesions and measure each.

    Parameters
    ----------
    mask : numpy.ndarray of bool
        The segmentation, shape (z, y, x), on the voxels of the scan.
    ct : Volume
        The scan in HU.
    probability : numpy.ndarray of float32, optional
        Probability of ICAC, shape (z, y, x); None where it is not known.
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
    mask = np.asarray(mask, dtype=bool)
    labels, count = label_components(mask, min_voxels)
    around = bounding_box(mask)  # lesions fill a small part of a head
    if around is None or not count:
        return FoundLesions([], labels)
    lesions = []
    for number, tight in enumerate(ndimage.find_objects(labels[around], max_label=count), start=1):
        box = widen(placed(tight, around), NEIGHBOURS, labels.shape)
        lesions.append(measure_lesion(number, box, labels[box] == number, ct, probability, courses,
                                      min_area_mm2=min_area_mm2))
    return FoundLesions(lesions, labels)
