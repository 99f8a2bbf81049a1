"""Working on a small block of a scan: corrections must answer at once however large the scan is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from icac.errors import InputError
from icac.geometry import Frame
from icac.geometry.box import Box, bounding_box, box_shape, placed, relative, whole_box, widen


class Part(NamedTuple):
    """Some voxels of a scan, given by a block of it."""

    box: Box
    """Slices for (z, y, x) with explicit ends."""
    mask: np.ndarray
    """bool, shape of the box."""


def as_part(lesion: np.ndarray | tuple[Box, np.ndarray], shape: tuple[int, int, int]) -> Part:
    """Return a lesion as a part of the scan.

    Parameters
    ----------
    lesion : numpy.ndarray of bool, or (box, numpy.ndarray of bool)
        A mask of the whole scan (z, y, x), which is searched once, or a block of it, which is faster.
    shape : tuple of int
        Shape of the scan (z, y, x).

    Raises
    ------
    InputError
        If the lesion has no voxel.
    ValueError
        If the mask does not fit the scan.

    """
    if isinstance(lesion, tuple):
        box, mask = lesion
        if any(s.start < 0 or s.stop > n for s, n in zip(box, shape, strict=True)):
            raise ValueError(f"The block {box} of a lesion reaches beyond the scan of shape {shape}.")
    else:
        if lesion.shape != shape:
            raise ValueError(f"A mask of shape {lesion.shape} does not fit a scan of shape {shape}.")
        box, mask = whole_box(shape), lesion
    inner = bounding_box(mask)
    if inner is None:
        raise InputError("The lesion to correct has no voxels; select another one.")
    return Part(placed(inner, box), np.asarray(mask[inner], dtype=bool))


def find_label(labels: np.ndarray, number: int) -> Part:
    """Find the lesion ``number`` in a label array (z, y, x) by reading it slice by slice.

    Raises
    ------
    InputError
        If no voxel has that number.

    """
    hits = [k for k, layer in enumerate(labels) if (layer == number).any()]
    if not hits:
        raise InputError(f"There is no lesion {number} in this segmentation; select another one.")
    slab = labels[hits[0]:hits[-1] + 1] == number
    (z, y, x) = bounding_box(slab)
    return Part((slice(hits[0] + z.start, hits[0] + z.stop), y, x), slab[z, y, x])


def widen_mm(box: Box, frame: Frame, margin_mm: float) -> Box:
    """Widen a box by at least ``margin_mm`` on every side as far as the scan reaches."""
    return widen(box, [max(1, int(np.ceil(margin_mm / d))) for d in frame.spacing[::-1]], frame.shape)


def point_box(frame: Frame, point_lps_mm: np.ndarray, reach_mm: float) -> Box:
    """Return the box of the voxels within ``reach_mm`` of a point (LPS mm); empty if that is outside the scan."""
    center = frame.to_index(point_lps_mm)
    # Across sheared axes a sphere reaches farther in index than along an axis: the rows of the inverse tell how far.
    reach = reach_mm * np.linalg.norm(frame.inverse[:3, :3], axis=1)
    first = np.clip(np.ceil(center - reach), 0, frame.size).astype(int)
    last = np.clip(np.floor(center + reach) + 1, 0, frame.size).astype(int)
    return tuple(slice(int(a), int(max(a, b))) for a, b in zip(first[::-1], last[::-1], strict=True))


def place(part: Part, box: Box) -> np.ndarray:
    """Return the part as a bool array of a box that encloses its own."""
    wide = np.zeros(box_shape(box), dtype=bool)
    wide[relative(part.box, box)] = part.mask
    return wide


def offsets_mm(frame: Frame, box: Box, center_lps_mm: np.ndarray) -> np.ndarray:
    """Return the vectors (LPS mm) from a point to the voxels of a box, shape (z, y, x, 3); any axes, sheared too."""
    z, y, x = (np.arange(s.start, s.stop) for s in box)
    axes = frame.affine[:3, :3]
    start = frame.affine[:3, 3] - np.asarray(center_lps_mm, dtype=float)
    return (x[:, None] * axes[:, 0])[None, None] + (y[:, None] * axes[:, 1])[None, :, None] \
        + (z[:, None] * axes[:, 2])[:, None, None] + start
