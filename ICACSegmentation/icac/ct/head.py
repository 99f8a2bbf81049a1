"""Which part of a scan is the head: found by its shape and by what hangs together, not by any bone in the field.

Tables and head holders have rails as dense as bone, arms and shoulders have bones of their own, and phantoms are as
large as heads. But only a head is a thick body that holds a shell of bone around much else.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from icac.geometry.neighbours import ball, closed_in_plane, dilated, without_holes

#: HU above which a voxel is tissue (or a table, a holder, a strap), and from which it is bone.
TISSUE_HU, BONE_HU = -300.0, 300.0

#: Things thinner than about twice this are cut off: skin touches holders, straps and tubes, and sheets lie between.
THIN_MM = 7.0

#: Gaps in bone narrower than about twice this are closed: sutures, foramina, thin walls lost between voxels.
GAP_MM = 6.0

#: Share of air between the bones of a skull from which it is bare.
BARE_SHARE = 0.5

#: Voxel size in mm on which the head is sought.
SEARCH_MM = 4.0


def find_head(hu: np.ndarray, spacing_mm: float) -> np.ndarray:
    """Mark the head of a scan, with the skin and a little air around it.

    Parameters
    ----------
    hu : numpy.ndarray
        Shape (z, y, x), axes within some 45 degrees of LPS, cubic voxels; air where nothing was measured.
    spacing_mm : float
        Voxel size.

    Returns
    -------
    numpy.ndarray of bool
        (z, y, x). Empty if there is no bone. The neck and what hangs together with it by more than skin belong to it.

    """
    step = max(1, round(SEARCH_MM / spacing_mm))
    coarse = hu[::step, ::step, ::step]
    head = _grown(_chosen(coarse, spacing_mm * step), spacing_mm * step)
    for axis in range(3):
        head = head.repeat(step, axis)
    return head[tuple(slice(0, n) for n in hu.shape)]


def enclosed_by_bone(hu: np.ndarray, spacing_mm: float, bone_hu: float = BONE_HU) -> np.ndarray:
    """Fill the bone, from ``bone_hu`` on, of every axial slice: a skull becomes solid; bool (z, y, x).

    A bare skull holds air, and there may be wide gaps in it, as the cut of its lid. There everything counts that has
    bone on all four sides.
    """
    gap, bone = round(GAP_MM / spacing_mm), hu >= bone_hu
    filled = without_holes(closed_in_plane(bone, gap))
    between = _between(bone, gap)
    bare = between.any() and np.mean(hu[between] < TISSUE_HU) > BARE_SHARE
    return filled | between if bare else filled


def _between(bone: np.ndarray, gap: int) -> np.ndarray:
    """Mark what has bone on its right, left, front and back within ``gap`` slices; bool (z, y, x)."""
    near = ndimage.maximum_filter1d(bone, 2 * gap + 1, axis=0)
    seen = np.logical_or.accumulate
    right, front = (seen(near, axis=axis) for axis in (2, 1))
    left, back = (np.flip(seen(np.flip(near, axis), axis=axis), axis) for axis in (2, 1))
    return right & left & front & back


def _chosen(hu: np.ndarray, spacing_mm: float) -> np.ndarray:
    """Return the thick body that holds most of what bone encloses."""
    skull = enclosed_by_bone(hu, spacing_mm)
    solid = skull | (hu > TISSUE_HU)
    thick = _opened(solid, THIN_MM / spacing_mm)
    labels, count = ndimage.label(thick)
    if count < 2:
        return thick
    held = np.bincount(labels.ravel(), weights=skull.ravel(), minlength=count + 1)[1:]
    return labels == 1 + int(held.argmax()) if held.any() else np.zeros_like(thick)


def _opened(mask: np.ndarray, radius: float) -> np.ndarray:
    """Take away what is thinner than two radii (voxels); the ends of the scan are no surface."""
    width = int(np.ceil(radius))
    beside = ~np.pad(mask, width, mode="edge")
    core = ~dilated(beside, ball(radius))
    return dilated(core, ball(radius))[(slice(width, -width),) * 3]


def _grown(mask: np.ndarray, spacing_mm: float) -> np.ndarray:
    """Add what opening took from the surface, and the skin."""
    return ndimage.binary_dilation(mask, iterations=round(8.0 / spacing_mm))
