"""The Agatston-type score: area weighted by peak density, slice by slice.

Agatston et al. 1990 (J Am Coll Cardiol 15:827) defined it for coronary calcium on electron-beam CT with
slices 3 mm apart. On other slice distances the sum over slices grows with their number, so it is scaled by
increment / 3 mm.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from icac.calcium import CALCIUM_HU
from icac.geometry import Frame
from icac.lesions.slices import array_axis, slice_increment_mm, slice_pixel_mm2

#: Slice distance of the original protocol, in mm.
REFERENCE_INCREMENT_MM = 3.0

#: Lowest peak HU of the weights 1, 2, 3 and 4.
WEIGHT_HU = (float(CALCIUM_HU), 200.0, 300.0, 400.0)

#: Words for reports.
DEFINITION = (
    "Agatston-type score: sum over slices, and over the connected (8-neighbour) areas of ICAC in each slice, of "
    "area in mm2 x weight of the peak HU of that area (130-199: 1, 200-299: 2, 300-399: 3, 400 and more: 4), "
    "times slice increment / 3 mm. No minimum area unless stated. The score is defined for coronary calcium; "
    "its use for ICAC is by analogy."
)


def density_weight(peak_hu: np.ndarray | float) -> np.ndarray:
    """Return the weight 0 to 4 of a peak density in HU (0 below 130 HU)."""
    return np.digitize(peak_hu, WEIGHT_HU)


def agatston_score(mask: np.ndarray, hu: np.ndarray, frame: Frame, min_area_mm2: float = 0.0) -> float:
    """Score the calcium in a mask; see :data:`DEFINITION`.

    Parameters
    ----------
    mask : numpy.ndarray of bool
        Calcium, shape (z, y, x). May be a block of the scan; areas are connected within it.
    hu : numpy.ndarray
        CT numbers in HU, same shape.
    frame : Frame
        Supplies axes only; its size need not match the block.
    min_area_mm2 : float
        Areas below it do not count. Zero (every voxel counts) by default.

    Returns
    -------
    float

    """
    pixel = slice_pixel_mm2(frame)
    mask, hu = np.moveaxis(mask, array_axis(frame), 0), np.moveaxis(hu, array_axis(frame), 0)
    score = 0.0
    for layer, values in zip(mask, hu, strict=True):
        areas, count = ndimage.label(layer, structure=np.ones((3, 3), dtype=bool))
        if count == 0:
            continue
        area = np.bincount(areas.ravel(), minlength=count + 1)[1:] * pixel
        peak = ndimage.maximum(values, areas, np.arange(1, count + 1))
        score += float(np.sum(np.where(area >= min_area_mm2, area * density_weight(peak), 0.0)))
    return score * slice_increment_mm(frame) / REFERENCE_INCREMENT_MM
