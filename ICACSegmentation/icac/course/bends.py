"""How a course may differ from the reference's: a Gaussian process along it, as a few smooth shifts of its stations.

Heads differ in place, size and in each bend of the siphon, so shifts of every length are allowed, the long ones more
than the short ones. They are those that 65 real siphons and a rigid registration ask for, not those of the simulated
head: its carotids must not decide what is found in a real one.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

#: Number of stations along a course.
STATIONS = 61

#: Spread (mm, each axis) and length (mm) of the shifts: of the whole course, of its parts, of single bends.
SHIFTS_MM = ((2.5, 1000.0), (2.5, 25.0), (2.0, 7.0))

#: Share of the variance that the shifts left out may have.
_LEFT_OUT = 1e-3


@lru_cache(maxsize=8)
def bends(length_mm: float) -> np.ndarray:
    """Return the smooth shifts of the stations of a course of this length.

    Returns
    -------
    numpy.ndarray
        (:data:`STATIONS`, shifts) mm at one standard deviation each, of any one axis; read only.

    """
    place = np.linspace(0.0, length_mm, STATIONS)
    apart = np.abs(place[:, None] - place)
    covariance = sum(sd**2 * np.exp(-0.5 * (apart / length) ** 2) for sd, length in SHIFTS_MM)
    variance, shape = np.linalg.eigh(covariance)
    kept = np.flatnonzero(np.cumsum(variance) > _LEFT_OUT * variance.sum())
    shifts = shape[:, kept] * np.sqrt(variance[kept])
    shifts.setflags(write=False)
    return shifts
