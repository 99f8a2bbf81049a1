"""Whether the places of slices are those of one stack, or of two that were put together under the same names.

Thin and thick reconstructions of one scan differ in the thickness that their headers tell; where an archive or a
converter levelled that out, only their places tell them apart: some slices make an even stack from end to end, and the
others lie between them where no step of that stack leads.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

#: Fewest slices that lie between those of an even stack to be of another one.
FEWEST = 3

#: A step is short or long if it is less or more than these shares of the usual one around it; so many on each side are
#: around it. Slices that are but missing make long ones, and fewer than this share of all.
_SHORT, _LONG, _AROUND, _GAPS = 0.8, 1.2, 3, 0.2

#: A slice is the next of an even stack if it lies this near to where it should, mm and share of the step.
_NEAR_MM, _NEAR = 0.05, 0.05

#: Slices that part the step of an even stack in equal pieces, to this share, are of the same stack.
_UNEVEN = 0.2

#: In a stack with so many empty steps among those that hold further slices, those slices are of another one.
_EMPTY = 0.4

#: So many of the first slices are tried as the first one of an even stack, and so many after each as the second.
_FIRST, _SECOND = 4, 8


def slices_between(depths: np.ndarray) -> int:
    """Return how many slices lie between those of an even stack without being of it; 0 if all make one stack.

    A stack that becomes coarser half-way, or of which slices are missing, is one.

    Parameters
    ----------
    depths : numpy.ndarray
        Shape (slices,), along the normal, mm, rising.

    """
    if _is_even_but_for_gaps(np.diff(depths)):
        return 0
    found = (np.delete(depths, nodes).size for nodes in _even_stacks(depths) if _are_two(depths, nodes))
    return min(found, default=0)


def _is_even_but_for_gaps(steps: np.ndarray) -> bool:
    around = [np.concatenate([steps[max(n - _AROUND, 0):n], steps[n + 1:n + 1 + _AROUND]]) for n in range(len(steps))]
    shares = np.array([step / np.median(others) for step, others in zip(steps, around, strict=True) if others.size])
    return bool((shares < _SHORT).sum() < FEWEST and (shares > _LONG).mean() < _GAPS) if shares.size else True


def _even_stacks(depths: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the numbers of the slices of each even stack that reaches from end to end."""
    for first in range(min(_FIRST, len(depths))):
        for second in range(first + 1, min(first + 1 + _SECOND, len(depths))):
            nodes = _followed(depths, first, depths[second] - depths[first])
            if nodes is not None and len(nodes) > FEWEST:
                yield nodes


def _followed(depths: np.ndarray, first: int, step: float) -> np.ndarray | None:
    """Return the numbers of the slices that follow each other by ``step``; None if one is missing before the end."""
    nodes, near = [first], max(_NEAR_MM, _NEAR * step)
    while depths[nodes[-1]] + step <= depths[-1] + near:
        wanted = depths[nodes[-1]] + step
        nearest = int(np.abs(depths - wanted).argmin())
        if abs(depths[nearest] - wanted) > near:
            return None
        nodes.append(nearest)
    return np.array(nodes)


def _are_two(depths: np.ndarray, nodes: np.ndarray) -> bool:
    """Tell whether the slices between those of an even stack lie where no part of its step leads."""
    cells = [np.diff(depths[a:b + 1]) for a, b in pairwise(nodes)]
    filled = [n for n, pieces in enumerate(cells) if len(pieces) > 1]
    if sum(len(cells[n]) - 1 for n in filled) < FEWEST:
        return False
    uneven = sum(np.abs(cells[n] / cells[n].mean() - 1).max() > _UNEVEN for n in filled)
    among = filled[-1] - filled[0] + 1
    return bool(uneven >= FEWEST or (among - len(filled)) >= _EMPTY * among)
