"""Which part of each lesion the other scan shows: what lies beyond its slices or values is not gone."""

from __future__ import annotations

from itertools import product

import numpy as np

from icac.air import OUTSIDE_HU
from icac.change.scan import MeasuredScan
from icac.geometry import Volume

#: A lesion of which more than this share lies where the other scan shows nothing cannot be compared. Alignment is off
#: by some tenths of a millimetre, so that a little of a lesion at the end of a scan may seem to lie beyond it.
LARGEST_UNSEEN = 0.1

#: So near to its end, mm, a scan may show calcium that nothing finds, as the artery that it lies in is cut off.
END_MM = 2.0

#: HU that blood (:mod:`icac.ct.enhancement`), brain and their coverings have at most without contrast agent: where the
#: other scan shows more, calcium may be blurred below 130 HU by its slices, or missed. In simulated pairs (benchmark
#: ``change_accuracy.py``) what had gone or not come yet left 10 to 66 HU, what was only missed 62 HU and more.
SOFT_HU = 60.0


class Seen:
    """The lesions of a scan, as another scan shows their places.

    Parameters
    ----------
    scan : MeasuredScan
    other : Volume
        HU of the other scan.
    to_other : numpy.ndarray
        4 x 4; LPS mm of the scan to LPS mm of the other.

    """

    def __init__(self, scan: MeasuredScan, other: Volume, to_other: np.ndarray) -> None:
        index = np.argwhere(scan.labels > 0)
        self._owner, self._count = scan.labels[tuple(index.T)], len(scan.lesions) + 1
        points = scan.ct.frame.to_lps(index[:, ::-1]) @ to_other[:3, :3].T + to_other[:3, 3]
        self._index, self._other = np.rint(other.frame.to_index(points)).astype(int), other
        self._around = self._highest_around()

    def unseen(self, from_end_mm: float = 0.0) -> np.ndarray:
        """Return which share of each lesion lies beyond the slices or values of the other scan, or so near to its end.

        Shape (lesions + 1,), by the number of the lesion; the first is 0.
        """
        steps = np.array(self._other.frame.spacing)
        from_ends = np.minimum(self._index, np.array(self._other.frame.size) - 1 - self._index) * steps
        return self._share((from_ends < from_end_mm).any(axis=1) | (self._around <= OUTSIDE_HU))

    def hu(self, lesion: int) -> float:
        """Return the median HU of the other scan at the place of a lesion, by its number."""
        return float(np.median(self._values(self._index[self._owner == lesion])))

    def _share(self, is_one: np.ndarray) -> np.ndarray:
        of_all = np.bincount(self._owner, minlength=self._count)
        return np.bincount(self._owner, is_one, minlength=self._count) / np.maximum(of_all, 1)

    def _highest_around(self) -> np.ndarray:
        """Return the highest value around: air can be as low as what is outside the field, but not all around."""
        return self._values(self._index[:, None] + np.array(list(product((-1, 0, 1), repeat=3)))).max(axis=1)

    def _values(self, index: np.ndarray) -> np.ndarray:
        """Return the HU at voxels (..., 3), x, y, z; of those beyond the end, those of the last ones."""
        x, y, z = np.moveaxis(np.clip(index, 0, np.array(self._other.frame.size) - 1), -1, 0)
        return self._other.array[z, y, x]
