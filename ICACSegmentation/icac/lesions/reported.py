"""What is reported as ICAC: voxels of at least 130 HU that the model takes for it, and that noise does not explain.

One threshold must choose between the rims of lesions, which are uncertain because observers differ there, and specks
that the network half suspects everywhere. Two thresholds need not (hysteresis, Canny 1986): a voxel counts from the
lower one on, if its connected group holds a voxel that reaches the higher one.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from icac.calcium import is_calcium_dense
from icac.geometry import Volume
from icac.geometry.box import Box, bounding_box, whole_box
from icac.lesions.components import TOUCHING
from icac.lesions.noise import NoiseField, Supported, without_noise


def reported_icac(probability: np.ndarray, ct: Volume, noise: NoiseField, threshold: float,
                  lesion_threshold: float = 0.0, box: Box | None = None) -> Supported:
    """Return the segmentation of a scan, and what noise took from it.

    Parameters
    ----------
    probability : numpy.ndarray
        Of ICAC, (z, y, x); 0 out of the carotids' reach.
    ct : Volume
        HU, in the form in which it is measured, on the same voxels.
    noise : NoiseField
        Of this form.
    threshold, lesion_threshold : float
        See :func:`counted_voxels`.
    box : Box, optional
        The part of the scan in which ICAC was sought, to save time.

    """
    box = box or whole_box(probability.shape)
    mask = np.zeros(probability.shape, dtype=bool)
    mask[box] = counted_voxels(probability[box], is_calcium_dense(ct.array[box]), threshold, lesion_threshold)
    return without_noise(mask, ct, noise)


def counted_voxels(probability: np.ndarray, dense: np.ndarray, threshold: float,
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
