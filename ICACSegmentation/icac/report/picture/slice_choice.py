"""Which slices an overview shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from icac.anatomy import Segment
from icac.lesions.slices import array_axis, slice_axis, slice_increment_mm
from icac.report.picture.slice_view import Plane
from icac.result import SegmentedScan

#: Most slices that are shown, and their smallest distance, so that thin slices do not all show one spot.
MAX_SLICES = 6
MIN_DISTANCE_MM = 1.5


def choose_slices(result: SegmentedScan) -> list[int]:
    """Choose the slices with most ICAC, or slices through the cavernous arteries if there is none.

    Returns
    -------
    list of int
        One to :data:`MAX_SLICES` slice indices, from the lowest slice in the patient upwards.

    """
    frame = result.scan.volume.frame
    if result.lesions:
        others = tuple(a for a in range(3) if a != array_axis(frame))
        amounts = np.count_nonzero(result.mask, axis=others)
        apart = max(1, round(MIN_DISTANCE_MM / slice_increment_mm(frame)))
        chosen = largest_apart(amounts, MAX_SLICES, apart)
    else:
        chosen = _cavernous_slices(result)
    upwards = frame.direction[2, slice_axis(frame)] > 0
    return chosen if upwards else chosen[::-1]


def _cavernous_slices(result: SegmentedScan) -> list[int]:
    """Spread the choice over C4; if slices are so thick that C4 has too few, add the slices next to it."""
    frame = result.scan.volume.frame
    points = np.concatenate([course.of_segment(Segment.C4) for course in result.courses.values()])
    _, depth = Plane(frame).project(points)
    last = frame.size[slice_axis(frame)] - 1
    crossed = set(np.clip(np.round(depth).astype(int), 0, last).tolist())
    if len(crossed) >= MAX_SLICES:
        return evenly_spread(crossed, MAX_SLICES)
    middle = sum(crossed) / len(crossed)
    return sorted(sorted(range(last + 1), key=lambda index: abs(index - middle))[:MAX_SLICES])


def largest_apart(amounts: Sequence[float] | np.ndarray, count: int, apart: int) -> list[int]:
    """Choose up to ``count`` indices with the largest amounts, at least ``apart`` from each other, in order.

    Equal amounts: the lower index first. Indices without any amount are never chosen.
    """
    chosen: list[int] = []
    for index in np.argsort(-np.asarray(amounts), kind="stable"):
        if amounts[index] <= 0 or len(chosen) == count:
            break
        if all(abs(index - other) >= apart for other in chosen):
            chosen.append(int(index))
    return sorted(chosen)


def evenly_spread(indices: Iterable[int], count: int) -> list[int]:
    """Choose up to ``count`` of the different indices, evenly spread from first to last, in order."""
    values = sorted(set(indices))
    places = np.linspace(0, len(values) - 1, min(count, len(values)))
    return [values[round(place)] for place in places]
