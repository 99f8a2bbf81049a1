"""Where slices of a stack are missing."""

from __future__ import annotations

import numpy as np

#: Distances of this many times the usual one and more leave slices out, whether or not whole ones.
SURELY_LOST = 2.6


def lost_slices(distances: np.ndarray, thickness: np.ndarray) -> list[int]:
    """Return how many slices were lost in each gap between neighbouring slices.

    A gap has lost slices if it is close to a whole multiple (2 or more) of the distances around it, or far longer, and
    no slice covers it. A change to thicker, wider spaced slices half-way, as many head protocols have it, is no loss.

    Parameters
    ----------
    distances : numpy.ndarray
        Shape (slices - 1,), mm, none of them 0.
    thickness : numpy.ndarray
        Shape (slices,), mm; NaN where unknown.

    Returns
    -------
    list of int
        One number for each distance.

    """
    lost = []
    for n, gap in enumerate(distances):
        around = np.concatenate([distances[max(n - 3, 0):n], distances[n + 1:n + 4]])
        usual = float(np.median(around)) if around.size else gap
        multiple = round(gap / usual)
        covered = gap <= 1.2 * np.mean(thickness[n:n + 2])  # False if the thickness is unknown
        whole = multiple >= 2 and abs(gap / usual - multiple) <= 0.1
        lost.append(multiple - 1 if (whole or gap / usual >= SURELY_LOST) and not covered else 0)
    return lost
