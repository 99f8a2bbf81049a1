"""What counts as ICAC in a simulated scan: the one definition of its ground truth.

The manual reference standard of ICAC is every voxel of at least 130 HU inside a region that an observer draws around
a calcification (Bortsova et al. 2017, section 2). The simulation knows what brightens each scan voxel, so the truth is
a voxel

1. of at least 130 HU in the scan itself, noise and artefacts included;
2. that calcification brightens at least as much above soft tissue as everything else does: bone, other calcified
   tissue, noise. Where a plaque touches bone this is the valley of brightness between the two, which an observer's line
   follows.

Observers draw what they see. A calcification that lies in the blurred edge of bone changes voxels but not the picture:
a plate on the bone cannot be told from the bone itself (the class "indistinguishable" of Kockelkoren et al. 2017). So a
calcification counts as ICAC if it *stands out*: without it, most of its voxels would not reach 130 HU. What does not
stand out keeps its number in the lesion labels, and is neither drawn nor counted.

The generous region of interest that a person would draw is the truth with a rim, without other dense voxels, so that
"inside the region and at least 130 HU" gives the truth again.
"""

from __future__ import annotations

import numpy as np
from scipy.signal import fftconvolve

from icac.calcium import is_calcium_dense
from icac.geometry.box import bounding_box, widen

#: CT number of the blood and soft tissue in which calcifications lie.
TISSUE_HU = 40.0

#: Share of a calcification's voxels that would stay below 130 HU without it, from which on an observer sees it.
VISIBLE_SHARE = 0.5


def truth_mask(hu: np.ndarray, excess_hu: np.ndarray) -> np.ndarray:
    """Return the mask of ICAC; all arrays have the same shape.

    Parameters
    ----------
    hu : numpy.ndarray
        The scan.
    excess_hu : numpy.ndarray
        What calcifications added to it.

    """
    others = hu - excess_hu - TISSUE_HU
    return is_calcium_dense(hu) & (excess_hu >= others)


def voxels_that_stand_out(labels: np.ndarray, hu: np.ndarray, excess_hu: np.ndarray, count: int) -> np.ndarray:
    """Return, for the lesions 1 to ``count``, how many voxels would not reach 130 HU without calcification.

    Parameters
    ----------
    labels : numpy.ndarray
        Number of the lesion in each voxel, 0 elsewhere.
    hu, excess_hu : numpy.ndarray
        The scan, and what calcifications added to it; same shape.
    count : int

    Returns
    -------
    numpy.ndarray
        int, shape (count,).

    """
    inside = labels > 0
    numbers = labels[inside][~is_calcium_dense(hu[inside] - excess_hu[inside])]
    return np.bincount(numbers, minlength=count + 1)[1:]


def visible_lesions(labels: np.ndarray, hu: np.ndarray, excess_hu: np.ndarray) -> set[int]:
    """Return the numbers of the lesions that an observer sees; arrays as of :func:`voxels_that_stand_out`.

    The arrays hold all voxels of every lesion that they hold any of.
    """
    count = int(labels.max())
    voxels = np.bincount(labels[labels > 0], minlength=count + 1)[1:]
    standing_out = voxels_that_stand_out(labels, hu, excess_hu, count)
    return {int(number) for number in 1 + np.flatnonzero((voxels > 0) & (standing_out >= VISIBLE_SHARE * voxels))}


def drawn_region(truth: np.ndarray, hu: np.ndarray, pixel_mm: float, rim_mm: float = 1.2) -> np.ndarray:
    """Return the region that an observer would draw: in every slice the closed truth with a rim.

    Parameters
    ----------
    truth, hu : numpy.ndarray
        (z, y, x).
    pixel_mm, rim_mm : float
        In-plane voxel size and width of the rim.

    """
    region = truth.copy()
    found = bounding_box(truth)
    if found is None:
        return region
    reach = max(1, round(rim_mm / pixel_mm))
    box = widen(found, 2 * reach, truth.shape)
    y, x = np.mgrid[-reach:reach + 1, -reach:reach + 1]
    disc = (x**2 + y**2 <= reach**2)[None]
    closed = ~_grown(~_grown(truth[box], disc), disc)
    region[box] |= _grown(closed, disc) & ~is_calcium_dense(hu[box])
    return region


def _grown(mask: np.ndarray, disc: np.ndarray) -> np.ndarray:
    """Dilate by convolution with a disc in every slice, which is fast for large discs."""
    return fftconvolve(mask.astype(np.float32), disc.astype(np.float32), mode="same", axes=(1, 2)) > 0.5
