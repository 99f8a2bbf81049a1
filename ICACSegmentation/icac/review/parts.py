"""Arithmetic of small sets of voxels, each a block of the scan; nothing here touches a whole scan."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from scipy import ndimage

from icac.correct.block import Part, place
from icac.geometry.box import Box, bounding_box, box_shape, overlap, placed, relative, span, widen
from icac.lesions.components import label_components


def tight(box: Box, mask: np.ndarray) -> Part | None:
    """Return the voxels of a mask in a box as the smallest part, or None if there are none."""
    inner = bounding_box(mask)
    if inner is None:
        return None
    return Part(placed(inner, box), np.array(mask[inner], dtype=bool))


def window(part: Part, box: Box) -> np.ndarray:
    """Return the voxels of a part within a box as a bool array of the shape of the box."""
    inside = np.zeros(box_shape(box), dtype=bool)
    paint(part, inside, box)
    return inside


def paint(part: Part, mask: np.ndarray, box: Box) -> None:
    """Set the voxels of a part in ``mask``, a bool array of the shape of the box, as far as they lie in it."""
    shared = overlap(part.box, box)
    if shared is not None:
        mask[relative(shared, box)] |= part.mask[relative(shared, part.box)]


def union(parts: Iterable[Part]) -> Part:
    """Return the voxels of all parts (at least one) as one part."""
    parts = list(parts)
    box = span(part.box for part in parts)
    return Part(box, np.logical_or.reduce([place(part, box) for part in parts]))


def without(part: Part, taken: Part) -> Part | None:
    """Return the voxels of a part that are not in another, or None if none is left."""
    return tight(part.box, part.mask & ~window(taken, part.box))


def touches(part: Part, other: Part) -> int:
    """Count the voxels of a part that share a face, edge or corner with the other, or belong to it."""
    box = widen(part.box, 1)
    near = ndimage.binary_dilation(window(other, box), np.ones((3, 3, 3), dtype=bool))
    return int(np.count_nonzero(window(part, box) & near))


def pieces(part: Part) -> list[Part]:
    """Return the 26-connected components of a part, the largest first."""
    labels, count = label_components(part.mask)
    return [tight(part.box, labels == number) for number in range(1, count + 1)]


def same(part: Part, other: Part) -> bool:
    """Tell whether two parts are the same voxels; both in their smallest box."""
    return part.box == other.box and np.array_equal(part.mask, other.mask)
