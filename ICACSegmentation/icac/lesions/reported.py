"""What is reported as ICAC: voxels of at least 130 HU that the model takes for it, and that noise does not explain."""

from __future__ import annotations

import numpy as np

from icac.calcium import is_calcium_dense
from icac.geometry import Volume
from icac.lesions.accept import accepted_voxels
from icac.lesions.noise import NoiseField, Supported, without_noise


def reported_icac(probability: np.ndarray, ct: Volume, noise: NoiseField, threshold: float,
                  lesion_threshold: float = 0.0) -> Supported:
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
        See :func:`icac.lesions.accept.accepted_voxels`.

    """
    mask = accepted_voxels(probability, is_calcium_dense(ct.array), threshold, lesion_threshold)
    return without_noise(mask, ct, noise)
