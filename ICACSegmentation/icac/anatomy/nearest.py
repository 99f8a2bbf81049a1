"""Which sample of a course is nearest: all distances of a handful of points at once, which is faster than a tree.

Courses have a few hundred samples. All distances of 256 points to them fit into the cache, and come from one product
of matrices; a tree takes twice as long.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

#: Points of which all distances are held at once, in the cache.
_AT_ONCE = 256

#: So many points and more are shared out to two threads: NumPy lets go of the interpreter.
_MANY = 20_000


def nearest_sample(points: np.ndarray, samples: np.ndarray) -> np.ndarray:
    """Return the index of the nearest sample of each point, shape (n,).

    Parameters
    ----------
    points, samples : numpy.ndarray
        (n, 3) and (m, 3), both float32 or both float64, which they are compared in. Numbers that are small, as
        distances from the middle of the samples are, keep most digits.

    """
    square = np.empty((4, len(samples)), samples.dtype)  # distances, but for what is the same for all samples
    square[:3], square[3] = -2.0 * samples.T, np.einsum("ni,ni->n", samples, samples)
    index = np.empty(len(points), np.intp)
    if len(points) < _MANY:
        _look(points, square, index)
        return index
    middle = len(points) // (2 * _AT_ONCE) * _AT_ONCE
    with ThreadPoolExecutor(1) as beside:
        half = beside.submit(_look, points[:middle], square, index[:middle])
        _look(points[middle:], square, index[middle:])
        half.result()
    return index


def _look(points: np.ndarray, square: np.ndarray, index: np.ndarray) -> None:
    """Write the index (n,) of the sample nearest to each of some points (n, 3)."""
    some = np.ones((_AT_ONCE, 4), square.dtype)
    distance = np.empty((_AT_ONCE, square.shape[1]), square.dtype)
    for start in range(0, len(points), _AT_ONCE):
        count = min(_AT_ONCE, len(points) - start)
        some[:count, :3] = points[start:start + count]
        np.matmul(some[:count], square, out=distance[:count])
        distance[:count].argmin(axis=1, out=index[start:start + count])
