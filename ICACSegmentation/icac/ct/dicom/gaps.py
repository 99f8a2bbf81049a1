"""Where slices of a stack are missing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icac.errors import InputError

#: Distances of this many times the usual one and more leave slices out, whether or not whole ones.
SURELY_LOST = 2.6


@dataclass(frozen=True, eq=False)
class Missing:
    """A range of a scan in which slices are missing.

    Attributes
    ----------
    normal : numpy.ndarray
        Unit LPS vector across the slices.
    low, high : float
        Position along the normal, mm, of the last slice before and the first after the range; infinite at the ends.
    reason : str
        The beginning of a sentence: what is missing, in which file.

    """

    normal: np.ndarray
    low: float
    high: float
    reason: str

    def error(self) -> InputError:
        """Return what is said where the range matters."""
        return InputError(f"{self.reason}; copy or export it again, whole.")


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
    if len(distances) and distances.max() < 1.5 * distances.min():  # as in most scans: none is nearer to two of another
        return [0] * len(distances)
    lost = []
    for n, gap in enumerate(distances):
        around = np.concatenate([distances[max(n - 3, 0):n], distances[n + 1:n + 4]])
        usual = float(np.median(around)) if around.size else gap
        multiple = round(gap / usual)
        covered = gap <= 1.2 * np.mean(thickness[n:n + 2])  # False if the thickness is unknown
        whole = multiple >= 2 and abs(gap / usual - multiple) <= 0.1
        lost.append(multiple - 1 if (whole or gap / usual >= SURELY_LOST) and not covered else 0)
    return lost
