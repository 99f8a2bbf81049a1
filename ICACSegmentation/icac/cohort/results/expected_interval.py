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
    counting = np.flatnonzero(probability > 0)
    counting = counting[ct.array.reshape(-1)[counting] >= CALCIUM_HU]
    if not len(counting):
        return 0.0, 0.0
    values = probability.reshape(-1)[counting].astype(float)
    index_zyx = np.stack(np.unravel_index(counting, probability.shape), axis=1)
    cube = _cube_numbers(np.floor(ct.frame.to_lps(index_zyx[:, ::-1]) / CUBE_MM).astype(int))
    order = np.lexsort((values, cube))
    cube = cube[order]
    rng, voxels = np.random.default_rng(0), np.zeros(_DRAWS)
    for ascending in np.split(values[order], np.flatnonzero(cube[1:] != cube[:-1]) + 1):
        # A voxel is in if its probability exceeds the chance of its cube.
        voxels += len(ascending) - np.searchsorted(ascending, rng.random(_DRAWS), side="right")
    low, high = np.quantile(voxels * ct.frame.voxel_volume_mm3, [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2])
    return float(low), float(high)


def _cube_numbers(cubes: np.ndarray) -> np.ndarray:
    """Return a number for each cube (x, y, z) of ``cubes``, shape (n, 3), in the same order as the cubes themselves."""
    from_first = cubes - cubes.min(0)
    return np.ravel_multi_index(tuple(from_first.T), tuple(from_first.max(0) + 1))
