"""Which voxels count as ICAC: a lower probability within a lesion than the one that makes a lesion.

One threshold must choose between the rims of lesions, which are uncertain because observers differ there, and specks
that the network half suspects everywhere. Two thresholds need not (hysteresis, Canny 1986): a voxel counts from the
lower one on, if its connected group holds a voxel that reaches the higher one.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from icac.geometry.box import bounding_box
from icac.lesions.components import TOUCHING


def accepted_voxels(probability: np.ndarray, dense: np.ndarray, threshold: float,
                    lesion_threshold: float = 0.0) -> np.ndarray:
    """Return the mask of ICAC.

    Parameters
    ----------
    probability : numpy.ndarray
        Of ICAC, shape (z, y, x).
    dense : numpy.ndarray of bool
        Voxels of at least 130 HU, same shape.
    threshold : float
        Probability from which a voxel counts.
    lesion_threshold : float
        Probability that some voxel of its 26-connected group must reach; nothing is asked if it is not above
        ``threshold``.

    """
    mask = (probability >= threshold) & dense
    box = bounding_box(mask) if lesion_threshold > threshold else None
    if box is None:
        return mask
    groups, count = ndimage.label(mask[box], structure=TOUCHING)
    sure = np.zeros(count + 1, dtype=bool)
    sure[groups[probability[box] >= lesion_threshold]] = True
    sure[0] = False
    mask[box] = sure[groups]
    return mask
