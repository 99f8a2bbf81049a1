"""Which lesions of two scans are the same: those that lie in one place once the scans are aligned.

Lesions that overlap belong together. One that overlaps none can belong to one of the other scan that overlaps none and
is near: alignment and voxels shift small lesions by some tenths of a millimetre. What belongs together is a graph; its
pieces are cut at their weakest links until each is one lesion of the one scan with all it became, or came of, in the
other. Both scans are treated alike, so that their order does not matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.spatial import cKDTree

from icac.geometry import Volume
from icac.geometry.box import bounding_box, voxels_in

#: Voxels are cut into points at most so far apart, mm: those of thick slices are no points.
STEP_MM = 0.5

#: Least share of the smaller of two lesions that must overlap: neighbours touch where alignment is off by a little.
LEAST_SHARE = 0.15

#: Distance in mm up to which lesions without overlap can be one.
REACH_MM = 1.5

#: Words for reports.
DEFINITION = (f"Lesions of both scans are one if, after rigid alignment, at least {LEAST_SHARE:.0%} of the smaller "
              f"overlaps the other, or if neither overlaps any and they are at most {REACH_MM:g} mm apart and each "
              "other's nearest.")


@dataclass(frozen=True)
class Group:
    """Lesions that are one: of the first and the second scan, of one of them one at most.

    Attributes
    ----------
    first, second : tuple of int
        Numbers of the lesions in rising order; one of them may be empty.

    """

    first: tuple[int, ...]
    second: tuple[int, ...]


@dataclass(frozen=True)
class _Link:
    first: int
    second: int
    share: float
    mm3: float

    @property
    def strength(self) -> tuple[float, float]:
        return self.share, self.mm3


def match_lesions(first: Volume, second: Volume, second_to_first: np.ndarray) -> list[Group]:
    """Match the lesions of two scans by place.

    Parameters
    ----------
    first, second : Volume
        Labels, integers (z, y, x): 0, or the number of the lesion, from 1 on without gaps.
    second_to_first : numpy.ndarray
        4 x 4; LPS mm of the second scan to LPS mm of the first.

    Returns
    -------
    list of Group
        Every lesion is in exactly one.

    """
    one, other = _Lesions(first, np.eye(4)), _Lesions(second, second_to_first)
    links = _overlaps(one, other)
    return list(_groups(_pruned(links + _nearest(one, other, links)), one, other))


class _Lesions:
    """The lesions of one scan as points in the space of the first."""

    def __init__(self, labels: Volume, to_first: np.ndarray) -> None:
        self._labels, self._from_first = labels, np.linalg.inv(to_first)
        box = bounding_box(labels.array > 0) or (slice(0, 0),) * 3
        index = voxels_in(box, labels.array[box] > 0)
        own = labels.array[tuple(index.T)]
        inner = _inner_points(labels.frame.spacing)
        fine = (index[:, None, ::-1] + inner).reshape(-1, 3)
        self.points = labels.frame.to_lps(fine) @ to_first[:3, :3].T + to_first[:3, 3]
        self.owner = np.repeat(own, len(inner))
        self.point_mm3 = labels.frame.voxel_volume_mm3 / len(inner)
        self.mm3 = np.bincount(self.owner, minlength=1) * self.point_mm3

    @property
    def numbers(self) -> range:
        """Of all lesions."""
        return range(1, len(self.mm3))

    def at(self, points: np.ndarray) -> np.ndarray:
        """Return the number of the lesion, or 0, at points (n, 3) in the space of the first scan."""
        frame = self._labels.frame
        index = np.rint(frame.to_index(points @ self._from_first[:3, :3].T + self._from_first[:3, 3])).astype(int)
        inside = ((index >= 0) & (index < frame.size)).all(axis=1)
        found = np.zeros(len(points), dtype=int)
        found[inside] = self._labels.array[tuple(index[inside, ::-1].T)]
        return found

    def shared(self, other: _Lesions) -> dict[tuple[int, int], float]:
        """Return how much of which lesion lies in which of the other scan, mm3."""
        there = other.at(self.points)
        pairs, counts = np.unique(np.stack([self.owner, there])[:, there > 0], axis=1, return_counts=True)
        return {(int(a), int(b)): float(n) * self.point_mm3 for (a, b), n in zip(pairs.T, counts, strict=True)}


def _inner_points(spacing: Sequence[float]) -> np.ndarray:
    """Return the points (n, 3) of a voxel, x, y, z from its centre in voxels."""
    steps = [max(1, int(np.ceil(mm / STEP_MM))) for mm in spacing]
    return np.array(list(product(*((np.arange(n) + 0.5) / n - 0.5 for n in steps))))


def _overlaps(one: _Lesions, other: _Lesions) -> list[_Link]:
    """Return the pairs that share enough; what they share is the mean of what either has of the other."""
    there, back = one.shared(other), {(a, b): mm3 for (b, a), mm3 in other.shared(one).items()}
    links = []
    for a, b in sorted({*there, *back}):
        mm3 = (there.get((a, b), 0.0) + back.get((a, b), 0.0)) / 2
        links.append(_Link(a, b, mm3 / min(one.mm3[a], other.mm3[b]), mm3))
    return [link for link in links if link.share >= LEAST_SHARE]


def _nearest(one: _Lesions, other: _Lesions, links: Sequence[_Link]) -> list[_Link]:
    """Return the pairs of lesions that overlap none, are near, and are each other's nearest."""
    lonely = sorted({*one.numbers} - {link.first for link in links})
    others = sorted({*other.numbers} - {link.second for link in links})
    apart = np.array([[_distance(one.points[one.owner == a], other.points[other.owner == b]) for b in others]
                      for a in lonely])
    near = np.argwhere(apart <= REACH_MM) if apart.size else ()
    return [_Link(lonely[row], others[column], 0.0, 0.0) for row, column in near
            if apart[row].argmin() == column and apart[:, column].argmin() == row]


def _distance(points: np.ndarray, others: np.ndarray) -> float:
    return float(cKDTree(points).query(others)[0].min())


def _pruned(links: list[_Link]) -> list[_Link]:
    """Take away the weakest links both of whose lesions have another, one by one, until none is left."""
    for link in sorted(links, key=lambda link: link.strength):
        if sum(other.first == link.first for other in links) > 1 and sum(
                other.second == link.second for other in links) > 1:
            links = [other for other in links if other is not link]
    return links


def _groups(links: Sequence[_Link], one: _Lesions, other: _Lesions) -> Iterator[Group]:
    """Go through the pieces of the graph: each has one lesion of the one scan, or of the other."""
    seen: set[int] = set()
    for number in one.numbers:
        if number not in seen:
            second = sorted(link.second for link in links if link.first == number)
            first = sorted({number, *(link.first for link in links if link.second in second)})
            seen.update(first)
            yield Group(tuple(first), tuple(second))
    linked = {link.second for link in links}
    yield from (Group((), (number,)) for number in other.numbers if number not in linked)
