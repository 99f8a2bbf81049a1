"""Arrays of the whole scan, or of a block of it, from lesions."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from scipy import ndimage

from icac.correct import Patch
from icac.correct.block import Part
from icac.geometry.box import Box, box_shape, relative
from icac.lesions.components import label_components
from icac.review.lesion import ReviewedLesion
from icac.review.parts import paint, tight


def mask_of(lesions: Iterable[ReviewedLesion], shape: tuple[int, int, int]) -> np.ndarray:
    """Return the voxels of some lesions as a bool array of the whole scan (z, y, x)."""
    mask = np.zeros(shape, dtype=bool)  # the system hands out zeros for nothing: only the blocks of lesions cost time
    for lesion in lesions:
        mask[lesion.part.box] |= lesion.part.mask
    return mask


def mask_in(lesions: Iterable[ReviewedLesion], box: Box) -> np.ndarray:
    """Return the voxels of some lesions in a block of the scan as a bool array of the shape of the box."""
    mask = np.zeros(box_shape(box), dtype=bool)
    for lesion in lesions:
        paint(lesion.part, mask, box)
    return mask


def labels_of(lesions: Iterable[ReviewedLesion], shape: tuple[int, int, int]) -> np.ndarray:
    """Return an int32 array of the whole scan (z, y, x): 0, or the key of the lesion there."""
    labels = np.zeros(shape, dtype=np.int32)
    for lesion in lesions:
        labels[lesion.part.box][lesion.part.mask] = lesion.key
    return labels


def parts_of(predicted: np.ndarray) -> dict[int, Part]:
    """Take a mask (its components, the largest first) or a label array (z, y, x) apart: number to voxels."""
    labels = label_components(predicted)[0] if predicted.dtype == bool else predicted
    boxes = ndimage.find_objects(labels)
    return {number: tight(box, labels[box] == number) for number, box in enumerate(boxes, start=1) if box is not None}


def patch_between(before: np.ndarray, after: np.ndarray, box: Box) -> Patch:
    """Return the smallest patch that turns ``before`` into ``after``, both bool of the shape of the box.

    If they are equal it holds one voxel and changes nothing.
    """
    part = tight(box, before != after)
    inner = tuple(slice(s.start, s.start + 1) for s in box) if part is None else part.box
    return Patch(inner, before[relative(inner, box)], after[relative(inner, box)])
