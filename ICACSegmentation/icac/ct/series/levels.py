"""Whether all slices of a stack are on one scale: brain has the same CT number in each, and in the one beside it.

Where a part of a stack was written with another rescale intercept or slope, nothing in its headers need be wrong, but
soft tissue jumps at its border. Within one scan most of what is soft tissue in a slice has the same CT number in the
next, however thick the slices are; only at the vertex, where little is left, it does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import numpy as np

#: Only every so many-th row and column is compared.
STEP = 4

#: Brain and muscle with their noise, HU; and the largest CT number that is told from others.
SOFT_HU, LARGEST_HU = (-100, 150), 4000

#: Fewest pixels of soft tissue on the sample, and share of those of the slice with most of it, that tell the level.
FEWEST_PIXELS, TISSUE_SHARE = 100, 0.3

#: Air, HU, and the share of a slice of a head that is air, or more.
AIR_HU, AIR_SHARE = -700, 0.01

#: Soft tissue has moved if so many times as much of it (or more) lies as near to another level as lies near to the old
#: one, HU. In 8 real scans and in simulated ones it is at most 1.04 times as much; where a part is 60 HU off it is 1.26
#: (bone kernel) to 15 times, and 2 to 100 times from 100 HU on.
MOVED, NEAR_HU = 1.2, 40

#: Levels that differ by less are the same; a jump is told to this, too, HU: it is estimated from noisy pixels.
SAME_HU = 50

#: Width of the classes in which a jump is sought, HU.
_CLASS_HU = 10


@dataclass(frozen=True)
class Shifted:
    """Slices in a row that lie off the level of most others.

    Attributes
    ----------
    first, last : int
        Numbers of the slices, counted from 0.
    by_hu : float
        How much denser soft tissue seems there.

    """

    first: int
    last: int
    by_hu: float

    @property
    def text(self) -> str:
        """What is wrong with each of them: the end of a sentence."""
        size = max(1, round(abs(self.by_hu) / SAME_HU)) * SAME_HU
        return (f"has soft tissue some {size:.0f} HU {'above' if self.by_hu > 0 else 'below'} that of the slices "
                "beside it (another rescale intercept or slope)")

    @property
    def slices(self) -> range:
        """Their numbers."""
        return range(self.first, self.last + 1)


def shifted_parts(hu: np.ndarray) -> list[Shifted]:
    """Return the parts of a stack that lie off the level of the one with the most soft tissue.

    Parameters
    ----------
    hu : numpy.ndarray
        Shape (slices, rows, columns), in their order.

    """
    planes = [np.clip(plane[::STEP, ::STEP], -LARGEST_HU, LARGEST_HU).astype(np.float32) for plane in hu]
    soft = [(plane > SOFT_HU[0]) & (plane < SOFT_HU[1]) for plane in planes]
    tissue = np.array([np.count_nonzero(mask) * _has_air(plane) for mask, plane in zip(soft, planes, strict=True)])
    fewest = max(FEWEST_PIXELS, TISSUE_SHARE * tissue.max(initial=0))
    jumps = [_jump(planes[n:n + 2], soft[n:n + 2], fewest) for n in range(len(planes) - 1)]
    off = np.cumsum([0.0, *jumps])
    off -= max(np.unique(off), key=lambda level: float(tissue[np.abs(off - level) < SAME_HU].sum()))
    parts = [list(group) for _, group in groupby(range(len(off)), key=lambda n: float(off[n]))]
    return [Shifted(part[0], part[-1], float(off[part[0]])) for part in parts if abs(off[part[0]]) >= SAME_HU]


def _has_air(plane: np.ndarray) -> bool:
    """Tell whether there is air: where there is none, what seems to be soft tissue may be air with another zero."""
    return bool((plane < AIR_HU).mean() >= AIR_SHARE)


def _jump(planes: list[np.ndarray], soft: list[np.ndarray], fewest: float) -> float:
    """Return by how much two slices differ in level: the soft tissue of both tells it, if both have enough.

    What lies at the edge of the range moves inwards with the noise, from either slice to the other; no level does.
    """
    (one, other), (first, second) = planes, soft
    changes = [(other[first] - one[first], 1), (one[second] - other[second], -1)]
    found = [sign * _moved(change) for change, sign in changes if change.size >= fewest]
    agree = len({np.sign(moved) for moved in found}) == 1
    return min(found, key=abs) if agree else 0.0


def _moved(change: np.ndarray) -> float:
    """Return by how much most of some soft tissue moved, HU; 0 if it stayed where it was."""
    stayed = int(np.count_nonzero(np.abs(change) <= NEAR_HU))
    if stayed * MOVED >= change.size:
        return 0.0
    classes = np.bincount(((change + 2 * LARGEST_HU) / _CLASS_HU).astype(int))
    summed = np.convolve(classes, np.ones(2 * NEAR_HU // _CLASS_HU + 1), "same")
    middle = (int(summed.argmax()) + 0.5) * _CLASS_HU - 2 * LARGEST_HU
    moved = float(np.median(change[np.abs(change - middle) <= NEAR_HU]))
    went = int(np.count_nonzero(np.abs(change - moved) <= NEAR_HU))
    return moved if abs(moved) >= SAME_HU and went >= MOVED * max(stayed, 1) else 0.0
