"""The definition of calcium in CT: one threshold, used everywhere.

Bortsova et al. 2017 (arXiv 1706.01148), section 2: ICAC is every voxel of at least 130 HU inside the region
drawn by an observer along the intracranial internal carotid artery.
"""

from __future__ import annotations

import numpy as np

#: Lowest CT number of calcium, in HU (inclusive).
CALCIUM_HU = 130


def is_calcium_dense(hu: np.ndarray) -> np.ndarray:
    """Return the mask of voxels dense enough to be calcium.

    Parameters
    ----------
    hu : numpy.ndarray
        CT numbers in HU, any shape.

    Returns
    -------
    numpy.ndarray of bool, same shape

    """
    return hu >= CALCIUM_HU
