"""Adding a calcification that was missed, from one click on it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy import ndimage

from icac.anatomy import Course, Side
from icac.calcium import CALCIUM_HU, is_calcium_dense
from icac.correct.block import Part, offsets_mm, point_box
from icac.correct.patch import Patch
from icac.correct.separate import separate_bone
from icac.errors import InputError
from icac.geometry import Volume
from icac.lesions.components import TOUCHING

#: How far a click may miss the calcification, mm.
SNAP_MM = 1.5

#: Voxels this near to the clicked one are taken to be calcification when bone is told from it, mm.
CLICK_MM = 0.6

#: Certainty from which a voxel is added.
LEAST_CERTAINTY = 0.5


def add_missed(ct: Volume, mask: np.ndarray, seed_lps_mm: np.ndarray | tuple[float, float, float],
               radius_mm: float = 4.0, probability: np.ndarray | None = None,
               courses: Mapping[Side, Course] | None = None) -> Patch:
    """Propose to set the calcification at a click.

    It grows through touching voxels of at least 130 HU within the radius and stops where bone begins.

    Parameters
    ----------
    ct : Volume
        The scan in HU; only a block around the click is read.
    mask : numpy.ndarray of bool
        The segmentation so far, (z, y, x) on the voxels of the scan. Nothing of it is cleared.
    seed_lps_mm : array_like
        The click, LPS mm. The nearest voxel of at least 130 HU within :data:`SNAP_MM` is meant.
    radius_mm : float
        How far the calcification reaches at most from the click.
    probability, courses : optional
        As of :func:`icac.correct.trim_bone`.

    Returns
    -------
    Patch
        Empty if all of it is in the mask already.

    Raises
    ------
    InputError
        If there is no voxel of at least 130 HU at the click, or the radius is not positive.

    """
    if not radius_mm > 0:
        raise InputError(f"The radius to grow within must be more than 0 mm, not {radius_mm}.")
    seed = _snapped(ct, np.asarray(seed_lps_mm, dtype=float))
    center = ct.frame.to_lps(seed)
    box = point_box(ct.frame, center, radius_mm)
    near = np.linalg.norm(offsets_mm(ct.frame, box, center), axis=-1)
    start = tuple(int(i) - s.start for i, s in zip(seed[::-1], box, strict=True))
    candidates = _connected(is_calcium_dense(ct.array[box]) & (near <= radius_mm), start)
    click = candidates & (near <= CLICK_MM)
    click[start] = True
    separation = separate_bone(ct, Part(box, candidates), probability, courses, surely=click)
    grown = _connected(click | (separation.certainty >= LEAST_CERTAINTY), start)
    before = np.array(mask[box], dtype=bool)
    return Patch(box, before, before | grown)


def _snapped(ct: Volume, point: np.ndarray) -> np.ndarray:
    """Return the index (i, j, k) of the dense voxel nearest to a point; the voxel under the point comes first."""
    under = np.rint(ct.frame.to_index(point)).astype(int)
    if (under >= 0).all() and (under < ct.frame.size).all() and is_calcium_dense(ct.array[tuple(under[::-1])]):
        return under
    box = point_box(ct.frame, point, SNAP_MM)
    distance = np.linalg.norm(offsets_mm(ct.frame, box, point), axis=-1)
    distance[~is_calcium_dense(ct.array[box])] = np.inf
    if not (distance <= SNAP_MM).any():
        raise InputError(f"There is no voxel of at least {CALCIUM_HU} HU within {SNAP_MM} mm of the click; "
                         "click on the calcification itself.")
    where = np.unravel_index(np.argmin(distance), distance.shape)
    return np.array([int(i) + s.start for i, s in zip(where, box, strict=True)])[::-1]


def _connected(mask: np.ndarray, start: tuple[int, ...]) -> np.ndarray:
    """Return the piece of a mask that holds a voxel."""
    labels, _ = ndimage.label(mask, structure=TOUCHING)
    return labels == labels[start]
