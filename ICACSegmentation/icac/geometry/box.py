"""Boxes of voxels: the part of an array that something fills, and that part widened, joined, moved and cut."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

#: A block of a volume: slices for (z, y, x) with explicit ends.
Box = tuple[slice, slice, slice]


def whole_box(shape: Sequence[int]) -> Box:
    """Return the box that is all of an array of ``shape`` (z, y, x)."""
    z, y, x = (slice(0, int(n)) for n in shape)
    return z, y, x


def box_of(start: Sequence[int], size: Sequence[int]) -> Box:
    """Return the box of the voxels from index ``start`` (x, y, z) on, of ``size`` (x, y, z)."""
    x, y, z = (slice(int(first), int(first + n)) for first, n in zip(start, size, strict=True))
    return z, y, x


def box_shape(box: Box) -> tuple[int, int, int]:
    """Return the shape (z, y, x) of the voxels of a box."""
    z, y, x = (part.stop - part.start for part in box)
    return z, y, x


def bounding_box(mask: np.ndarray, grid: Sequence[int] = (1, 1, 1)) -> Box | None:
    """Return the smallest box that holds all true voxels; None if there are none.

    Parameters
    ----------
    mask : numpy.ndarray of bool
        Shape (z, y, x).
    grid : sequence of int
        Borders of the box lie on multiples of these numbers of voxels (z, y, x), so it may reach beyond the mask.

    """
    box: list[slice] = []
    for axis, step in enumerate(grid):
        others = tuple(a for a in range(3) if a != axis)
        hit = np.flatnonzero(mask.any(axis=others))
        if hit.size == 0:
            return None
        box.append(slice(int(hit[0]) // step * step, -(-(int(hit[-1]) + 1) // step) * step))
        # The next axis is searched only within what is left, a small part of a head.
        mask = mask[(slice(None),) * axis + (box[-1],)]
    z, y, x = box
    return z, y, x


def widen(box: Box, margin: int | Sequence[int], shape: Sequence[int] | None = None) -> Box:
    """Widen a box on all sides.

    Parameters
    ----------
    box : Box
    margin : int or sequence of int
        Voxels on each side, the same for all axes or those of (z, y, x).
    shape : sequence of int, optional
        Shape (z, y, x) of the array, beyond which the box does not reach. Without it the box may, so it is one to
        reckon with and not one to index with.

    """
    margins = (margin,) * 3 if isinstance(margin, int) else margin
    wide = [slice(int(s.start - m), int(s.stop + m)) for s, m in zip(box, margins, strict=True)]
    if shape is not None:
        wide = [slice(max(s.start, 0), min(s.stop, int(n))) for s, n in zip(wide, shape, strict=True)]
    z, y, x = wide
    return z, y, x


def span(boxes: Iterable[Box]) -> Box:
    """Return the smallest box that holds all boxes (at least one)."""
    z, y, x = (slice(min(s.start for s in axis), max(s.stop for s in axis)) for axis in zip(*boxes, strict=True))
    return z, y, x


def overlap(box: Box, other: Box) -> Box | None:
    """Return the box that two boxes share, or None."""
    z, y, x = (slice(max(a.start, b.start), min(a.stop, b.stop)) for a, b in zip(box, other, strict=True))
    return (z, y, x) if all(s.start < s.stop for s in (z, y, x)) else None


def relative(box: Box, outer: Box) -> Box:
    """Return a box as counted from the first voxel of an outer one; see :func:`placed` for the way back."""
    z, y, x = (slice(b.start - o.start, b.stop - o.start) for b, o in zip(box, outer, strict=True))
    return z, y, x


def placed(box: Box, outer: Box) -> Box:
    """Return a box that is counted from the first voxel of an outer one as counted from that of the whole array."""
    z, y, x = (slice(o.start + b.start, o.start + b.stop) for b, o in zip(box, outer, strict=True))
    return z, y, x


def voxels_in(box: Box, mask: np.ndarray) -> np.ndarray:
    """Return the indices (z, y, x) in the whole array of the true voxels of a mask of a box, shape (n, 3)."""
    return np.argwhere(mask) + [part.start for part in box]
