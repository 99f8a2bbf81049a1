"""How sure the expected volume of a scan is, as far as the probabilities of the model tell.

Voxels of a calcification are found or missed together, so they are not independent: an interval that took them so
would be far too narrow. Here all voxels of a connected piece of candidates are either in or out by one and the same
chance, and different pieces are independent. The mean of this distribution is the expected volume itself. What the
model does not know of (a poor registration, a kind of scan that it never saw) is not in it.
"""

from __future__ import annotations

import numpy as np

from icac.calcium import CALCIUM_HU
from icac.geometry import Volume

#: Voxels of lower probability do not connect pieces; they are counted with their mean.
LEAST_PROBABILITY = 0.02

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
    from scipy import ndimage

    found = np.nonzero(probability)
    if not found[0].size:
        return 0.0, 0.0
    box = tuple(slice(int(axis.min()), int(axis.max()) + 1) for axis in found)
    values = np.where(ct.array[box] >= CALCIUM_HU, probability[box], 0).astype(float)
    pieces = values >= LEAST_PROBABILITY
    voxel = ct.frame.voxel_volume_mm3
    volumes = np.full(_DRAWS, values[~pieces].sum() * voxel)
    labels, count = ndimage.label(pieces, np.ones((3, 3, 3)))
    rng = np.random.default_rng(0)
    order = np.argsort(labels[pieces], kind="stable")
    groups = np.split(values[pieces][order], np.cumsum(np.bincount(labels[pieces], minlength=count + 1)[1:-1]))
    for group in groups if count else ():
        # A voxel is in if its probability exceeds the chance of its piece.
        ascending = np.sort(group)
        volumes += (len(group) - np.searchsorted(ascending, rng.random(_DRAWS), side="right")) * voxel
    low, high = np.quantile(volumes, [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2])
    return float(low), float(high)
