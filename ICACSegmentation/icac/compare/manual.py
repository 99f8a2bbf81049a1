"""The manual truth: what an observer drew, reduced to calcium."""

from __future__ import annotations

import numpy as np

from icac.calcium import is_calcium_dense
from icac.errors import InputError
from icac.geometry import Volume


def manual_truth(ct: Volume, roi: np.ndarray) -> np.ndarray:
    """Return the calcium inside a drawn region: its voxels of at least 130 HU (Bortsova et al. 2017, section 2).

    Parameters
    ----------
    ct : Volume
        The scan in HU.
    roi : numpy.ndarray of bool
        The region, shape (z, y, x), on the voxels of the scan.

    Returns
    -------
    numpy.ndarray of bool
        Shape (z, y, x).

    Raises
    ------
    InputError
        The region does not have the shape of the scan.

    """
    if roi.shape != ct.frame.shape:
        raise InputError(f"The drawn region has {roi.shape} voxels (z, y, x) and the CT {ct.frame.shape}; draw it on "
                         "this CT or resample it to its voxels.")
    return np.asarray(roi, dtype=bool) & is_calcium_dense(ct.array)
