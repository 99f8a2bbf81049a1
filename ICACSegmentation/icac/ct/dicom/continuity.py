"""Whether neighbouring slices show the same head, whatever their headers say."""

from __future__ import annotations

import numpy as np

#: Only every so many-th row and column is compared.
STEP = 6

#: Slices that lie between others of another acquisition are so much (or less) nearer to the next but one.
NEARER = 0.85

#: Number of acquisitions that are looked for at most.
MOST = 4

#: Differences above this say no more, HU: air and bone.
MOST_HU = 600.0

#: Fewest slices among which it can be told, and fewest pixels of each.
FEWEST, FEWEST_PIXELS = 12, 300


def interleaved_stacks(hu: np.ndarray) -> int:
    """Return the number of stacks whose slices alternate in one: 1 in every scan of a head that lay still.

    A slice resembles its neighbour more than the one after it. Where two heads, or one that moved, alternate, it
    resembles the next but one more.

    Parameters
    ----------
    hu : numpy.ndarray
        Shape (slices, rows, columns), evenly spaced but for few.

    """
    sample = np.clip(hu[:, ::STEP, ::STEP], -MOST_HU, MOST_HU).astype(np.float32)
    if len(sample) < FEWEST or sample[0].size < FEWEST_PIXELS:
        return 1
    differences = [np.abs(sample[lag:] - sample[:-lag]).mean(axis=(1, 2)) for lag in range(1, MOST + 1)]
    nearest = np.maximum(differences[0], 1e-3)
    ratios = [np.median(one / nearest[:len(one)]) for one in differences[1:]]
    return 2 + int(np.argmin(ratios)) if min(ratios) <= NEARER else 1
