"""How sure the expected volume of a scan is, as far as the probabilities of the model tell.

Voxels of a calcification are found or missed together, so they are not independent: an interval that took them so
would be far too narrow. Here space is divided into cubes of the size of a calcification; the voxels of a cube are in or
out by one and the same chance, and different cubes are independent. The mean of this distribution is the expected
volume itself. What the model does not know of (a poor registration, a kind of scan that it never saw) is not in it.
"""

from __future__ import annotations

import numpy as np

from icac.calcium import CALCIUM_HU
from icac.geometry import Volume

#: Edge of the cubes in mm. A choice: a calcification of 64 mm3 is a large one.
CUBE_MM = 4.0

#: Share of the distribution within the interval.
COVERAGE = 0.95

_DRAWS = 4000


def expected_interval(ct: Volume, probability: np.ndarray) -> tuple[float, float]:
    """Return the 95 % interval of the ICAC volume in mm3.

    Parameters
    ----------
    ct : Volume
        HU.
    probability : numpy.ndarray of float32
        Probability of ICAC, shape (z, y, x).

    """
    index_zyx = np.argwhere(probability > 0)
    index_zyx = index_zyx[ct.array[tuple(index_zyx.T)] >= CALCIUM_HU]
    if not len(index_zyx):
        return 0.0, 0.0
    values = probability[tuple(index_zyx.T)].astype(float)
    cubes = np.floor(ct.frame.to_lps(index_zyx[:, ::-1]) / CUBE_MM).astype(int)
    _, cube = np.unique(cubes, axis=0, return_inverse=True)
    order = np.lexsort((values, cube.ravel()))
    rng, voxels = np.random.default_rng(0), np.zeros(_DRAWS)
    for ascending in np.split(values[order], np.cumsum(np.bincount(cube.ravel()))[:-1]):
        # A voxel is in if its probability exceeds the chance of its cube.
        voxels += len(ascending) - np.searchsorted(ascending, rng.random(_DRAWS), side="right")
    low, high = np.quantile(voxels * ct.frame.voxel_volume_mm3, [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2])
    return float(low), float(high)
