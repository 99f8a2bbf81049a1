"""What several observers drew on one case, and the truth apart from it: both on the case and on its scan.

Voxels on which they differ are truly uncertain: the share of the observers that drew one is the probability that a
network should give it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from icac.errors import InputError
from icac.files import open_arrays
from icac.geometry import Volume
from icac.trainingset.case_scan import CaseScan

#: Names of the arrays in the ``.npz`` of a case: on the case, and on its scan.
_ON_CASE, _ON_SCAN = ("truth", "observers"), ("scan_truth", "scan_observers")


@dataclass(frozen=True, eq=False)
class Drawings:
    """What observers drew.

    Attributes
    ----------
    truth, scan_truth : numpy.ndarray
        uint8 (z, y, x), 1 where ICAC is by definition; of the case, and of its scan.
    observers, scan_observers : numpy.ndarray
        uint8 (z, y, x): bit n is 1 where observer n drew, n from 0.

    """

    truth: np.ndarray
    observers: np.ndarray
    scan_truth: np.ndarray
    scan_observers: np.ndarray

    def around(self, ct: Volume, kept: CaseScan) -> Drawings:
        """Return the drawings with no more of the scan ``ct`` than the part that is kept of it."""
        start = np.rint(ct.frame.to_index(np.asarray(kept.ct.frame.origin))).astype(int)
        part = tuple(slice(first, first + n) for first, n in zip(start[::-1], kept.ct.array.shape, strict=True))
        return replace(self, scan_truth=self.scan_truth[part], scan_observers=self.scan_observers[part])

    def arrays(self, with_scan: bool, count: int) -> dict[str, np.ndarray]:
        """Return what :func:`read_shares` reads of ``count`` observers, by name; of the scan too if it is kept."""
        made = {**dict(zip(_ON_CASE, (self.truth, self.observers), strict=True)), "observer_count": np.array(count)}
        return made | (dict(zip(_ON_SCAN, (self.scan_truth, self.scan_observers), strict=True)) if with_scan else {})


def read_shares(path: Path, on_scan: bool) -> np.ndarray | None:
    """Return the share of the observers that drew each voxel of a case, float32 (z, y, x); None if none are known.

    Parameters
    ----------
    path : Path
        ``.npz`` of the case.
    on_scan : bool
        On the scan that it keeps, instead of on its grid.

    Raises
    ------
    InputError
        If it cannot be read.

    """
    name = (_ON_SCAN if on_scan else _ON_CASE)[1]
    if path.suffix != ".npz":
        return None
    try:
        with open_arrays(path) as file:
            return share_of(file[name], int(file["observer_count"])) if name in file else None
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: what the observers of this case drew cannot be read; make it again.") from error


def share_of(bits: np.ndarray, count: int) -> np.ndarray:
    """Return the share of ``count`` observers, float32, whose bits are 1; same shape."""
    drawn = sum(((bits >> number) & 1).astype(np.float32) for number in range(count))
    return np.asarray(drawn, np.float32) / count

