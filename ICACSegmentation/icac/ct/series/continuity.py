"""Whether neighbouring slices show the same head, whatever their headers say."""

from __future__ import annotations

import numpy as np

from icac.air import OUTSIDE_HU

#: Only every so many-th row and column is compared.
STEP = 6

#: Slices that lie between others of another acquisition are so much (or less) nearer to the next but one. In 8 real and
#: 290 simulated scans it is never below 1.02.
NEARER = 0.93

#: Where one head ends and another begins, neighbours differ so many times as much as those before and after them, or
#: more: 3.6 to 14 times; within real heads it is at most 1.7 times, where slices become thicker.
SEAM = 2.6

#: A slice is foreign if those before and after it differ from each other so many times as much (or less) as from it,
#: and two have changed places if each is so much nearer to the one beyond. Within real and simulated scans it is 0.99
#: times and more; of another place, mirrored, inverted or with another zero it is 0.08 to 0.46, and 0.67.
FOREIGN, EXCHANGED = 0.7, 0.8

#: Slices of fewer different values on the sample are drawn, not measured: any two of them may be alike.
FEWEST_VALUES = 40

#: Number of acquisitions that are looked for at most.
MOST = 4

#: Slices of air alone do not differ at all; a mean difference of this, HU, tells nothing.
SAME_HU = 1.0

#: Differences above this say no more, HU: air and bone.
MOST_HU = 600.0

#: So many rows of one value, where neighbours have this share of voxels above this HU, are pixels that were lost.
FEWEST_ROWS, TISSUE_SHARE, TISSUE_HU = 3, 0.1, -300.0

#: Rows that were lost end at one of which this share is tissue; the air beside a head ends at less.
AMID_TISSUE = 0.3

#: Slices in a row among which it can be told, and fewest pixels of each.
WINDOW, FEWEST_PIXELS = 12, 300


def interleaved_stacks(hu: np.ndarray) -> int:
    """Return the number of stacks whose slices alternate in one: 1 in every scan of a head that lay still.

    A slice resembles its neighbour more than the one after it: in real heads the one after differs by 1.2 (bone kernel)
    to 2 times as much. Where two heads, or one that moved, alternate, it resembles the next but one more. A second
    acquisition may cover a part of the first, so every place is looked at for itself.

    Parameters
    ----------
    hu : numpy.ndarray
        Shape (slices, rows, columns), evenly spaced but for few.

    """
    sample = _sample(hu)
    if sample is None:
        return 1
    next_ones, *others = (_differences(sample, lag) for lag in range(1, MOST + 1))
    ratios = [_lowest(one / next_ones[:len(one)]) for one in others]
    return 2 + int(np.argmin(ratios)) if min(ratios) <= NEARER else 1


def seams(hu: np.ndarray) -> list[int]:
    """Return after which slices of a stack another head begins.

    Parameters
    ----------
    hu : numpy.ndarray
        Shape (slices, rows, columns).

    """
    sample = _sample(hu)
    if sample is None:
        return []
    differences = _differences(sample, 1)
    beside = np.maximum(differences[:-2], differences[2:])
    return [int(n) for n in 1 + np.flatnonzero(differences[1:-1] >= SEAM * beside)]


def misplaced_slices(hu: np.ndarray) -> tuple[list[int], list[int]]:
    """Return which slices seem to have changed places with the next ones, and which show something else.

    The latter differ from the slices before and after, which go together. Slices of few values are neither.

    Parameters
    ----------
    hu : numpy.ndarray
        Shape (slices, rows, columns).

    """
    sample = _sample(hu)
    if sample is None or not _is_measured(sample[len(sample) // 2]):
        return [], []
    next_ones, next_but_ones = (_differences(sample, lag) for lag in (1, 2))
    nearer = np.maximum(next_but_ones[:-1] / next_ones[:-2], next_but_ones[1:] / next_ones[2:])
    exchanged = [int(n) for n in 1 + np.flatnonzero(nearer <= EXCHANGED)]
    nearest = np.minimum(next_ones[:-1], next_ones[1:])
    foreign = {int(n) for n in 1 + np.flatnonzero(next_but_ones <= FOREIGN * nearest)}
    return exchanged, sorted(foreign.difference(exchanged, (n + 1 for n in exchanged)))


def copied_slices(hu: np.ndarray) -> list[int]:
    """Return which slices have voxel by voxel the values of another one; slices of few values do not count."""
    found: dict[bytes, list[int]] = {}
    for number, plane in enumerate(hu):
        if plane.size >= FEWEST_PIXELS * STEP**2:
            found.setdefault(plane[::STEP, ::STEP].tobytes(), []).append(number)
    alike = [numbers for numbers in found.values() if len(numbers) > 1 and _is_measured(hu[numbers[0], ::STEP, ::STEP])]
    return sorted(n for numbers in alike for n in numbers
                  if any(m != n and np.array_equal(hu[m], hu[n]) for m in numbers))


def _is_measured(plane: np.ndarray) -> bool:
    return len(np.unique(plane)) >= FEWEST_VALUES


def slices_with_holes(hu: np.ndarray, zero: np.ndarray) -> list[int]:
    """Return which slices lost a part of their pixels: rows of zeros where slices before and after show tissue.

    A copy that broke off leaves a file whose size is right, with zeros where nothing arrived. Where several such slices
    follow each other, the rows must also begin amid tissue, as those of air beside the head never do.

    Parameters
    ----------
    hu : numpy.ndarray
        Shape (slices, rows, columns).
    zero : numpy.ndarray
        Shape (slices,), HU of a stored 0.

    """
    low = hu.min(axis=2)
    flat = (low == hu.max(axis=2)) & ((low == np.maximum(zero, OUTSIDE_HU)[:, None]) | (low == OUTSIDE_HU))
    before, after = _nearest_that_are_not(flat)
    closed = flat & (before >= 0) & (after < len(hu))
    suspects = np.flatnonzero(closed.sum(axis=1) >= FEWEST_ROWS)
    return [int(n) for n in suspects if _has_hole(hu, int(n), np.flatnonzero(closed[n]), before[n], after[n], flat[n])]


def _nearest_that_are_not(flat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return, along the first axis, the nearest index before and after at which nothing is flat; -1 or the length."""
    index = np.arange(len(flat))[:, None]
    before = np.maximum.accumulate(np.where(flat, -1, index), axis=0)
    after = np.minimum.accumulate(np.where(flat, len(flat), index)[::-1], axis=0)[::-1]
    return before, after


def _has_hole(hu: np.ndarray, number: int, rows: np.ndarray, before: np.ndarray, after: np.ndarray, flat: np.ndarray
              ) -> bool:
    """Tell whether a slice has one value in rows in which the nearest others show tissue."""
    others = [_tissue(hu[ends[rows], rows]) for ends in (before, after)]
    rows = rows[np.min(others, axis=0) >= TISSUE_SHARE]
    if len(rows) < FEWEST_ROWS:
        return False
    if flat.all() or (after[rows] - before[rows] == 2).all():
        return True
    ends = np.flatnonzero(np.diff(flat.astype(np.int8)))  # the first of two rows of which one is flat
    return bool(_tissue(hu[number, ends + flat[ends]]).max() >= AMID_TISSUE)


def _tissue(rows: np.ndarray) -> np.ndarray:
    """Return which share of each row, shape (rows, columns), is tissue."""
    return (rows > TISSUE_HU).mean(axis=1)


def _sample(hu: np.ndarray) -> np.ndarray | None:
    """Return the rows and columns that are compared; None of too few slices, or too small ones."""
    part = hu[:, ::STEP, ::STEP]
    if len(part) < WINDOW or part[0].size < FEWEST_PIXELS:
        return None
    return np.clip(part, -MOST_HU, MOST_HU).astype(np.float32)


def _differences(sample: np.ndarray, lag: int) -> np.ndarray:
    """Return by how much each slice differs from the one so many further on, HU."""
    return np.abs(sample[lag:] - sample[:-lag]).mean(axis=(1, 2)) + SAME_HU


def _lowest(ratios: np.ndarray) -> float:
    """Return the lowest of the medians of so many ratios in a row as a window of slices has."""
    length = min(WINDOW, len(ratios))
    return float(np.median(np.lib.stride_tricks.sliding_window_view(ratios, length), axis=1).min())
