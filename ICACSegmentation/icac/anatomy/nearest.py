"""Which sample of a course is nearest: all distances of a handful of points at once, which is faster than a tree.

Courses have a few hundred samples. All distances of 256 points to them fit into the cache, and come from one product
of matrices; a tree takes twice as long.
"""

from __future__ import annotations

import numpy as np

#: Points of which all distances are held at once, in the cache.
_AT_ONCE = 256


def nearest_sample(points: np.ndarray, samples: np.ndarray) -> np.ndarray:
    """Return the index of the nearest sample of each point, shape (n,).

    Parameters
    ----------
    points, samples : numpy.ndarray
        (n, 3) and (m, 3), both float32 or both float64, which they are compared in. Numbers that are small, as
        distances from the middle of the samples are, keep most digits.

    """
    square, double = np.einsum("ni,ni->n", samples, samples), np.ascontiguousarray(-2.0 * samples.T)
    index = np.empty(len(points), np.intp)
    for start in range(0, len(points), _AT_ONCE):
        some = points[start:start + _AT_ONCE] @ double
        some += square
        some.argmin(axis=1, out=index[start:start + _AT_ONCE])
    return index
