"""Training cases as arrays on the network grid: reading, keeping in memory, and where ICAC lies in them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from icac.errors import InputError
from icac.files import open_arrays
from icac.geometry import Frame
from icac.reference.grid import CENTER_LPS_MM, SPACING_MM


@dataclass(frozen=True, eq=False)
class CaseArrays:
    """Voxels of one case, 0.5 mm in reference space, centred as the network grid.

    Attributes
    ----------
    hu : numpy.ndarray of int16
        (z, y, x) CT numbers.
    label : numpy.ndarray of uint8
        (z, y, x), same shape; 1 where ICAC is, 255 where nothing is known (:mod:`icac.trainingset.drawn`).
    artery : numpy.ndarray of uint8, optional
        (z, y, x), same shape; 1 within the outer wall of a carotid. Known only for simulated heads.

    """

    hu: np.ndarray
    label: np.ndarray
    artery: np.ndarray | None = None

    @property
    def nbytes(self) -> int:
        """Memory of the arrays."""
        return self.hu.nbytes + self.label.nbytes + (0 if self.artery is None else self.artery.nbytes)


def case_frame(shape: tuple[int, int, int]) -> Frame:
    """Return the frame, in reference space, of cases with ``shape`` (z, y, x): all share voxel size and centre."""
    return Frame.regular((SPACING_MM,) * 3, shape[::-1], center=CENTER_LPS_MM)


def read_case(path: Path) -> CaseArrays:
    """Read a ``.npz`` case; raises InputError if it is damaged or its arrays do not fit each other."""
    case = CaseArrays(**_read_arrays(path, ("hu", "label"), ("artery",)))
    if case.hu.ndim != 3 or case.hu.shape != case.label.shape:
        raise InputError(f"{path}: hu {case.hu.shape} and label {case.label.shape} are not volumes of one size.")
    if case.artery is not None and case.artery.shape != case.hu.shape:
        raise InputError(f"{path}: hu {case.hu.shape} and artery {case.artery.shape} are not volumes of one size.")
    return case


def read_label(path: Path) -> np.ndarray:
    """Read only the label of a ``.npz`` case, (z, y, x)."""
    return _read_arrays(path, ("label",))["label"]


def _read_arrays(path: Path, needed: tuple[str, ...], optional: tuple[str, ...] = ()) -> dict[str, np.ndarray]:
    try:
        with open_arrays(path) as file:
            return {name: file[name] for name in (*needed, *(n for n in optional if n in file))}
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: this training case cannot be read ({error}); make it again.") from error


class CaseStore:
    """Reads cases and keeps the ones used last, up to a number of bytes."""

    def __init__(self, paths: Sequence[Path], max_bytes: float) -> None:
        self._paths = list(paths)
        self._max_bytes = max_bytes
        self._kept: OrderedDict[int, CaseArrays] = OrderedDict()

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, index: int) -> CaseArrays:
        case = self._kept.pop(index, None) or read_case(self._paths[index])
        self._kept[index] = case
        while len(self._kept) > 1 and sum(c.nbytes for c in self._kept.values()) > self._max_bytes:
            self._kept.popitem(last=False)
        return case


@dataclass(frozen=True, eq=False)
class IcacIndex:
    """Where ICAC lies in each case, relative to the centre of the grid.

    Attributes
    ----------
    voxels : list of numpy.ndarray
        For each case (n, 3) int16: voxel (z, y, x) minus ``shape // 2``; n may be 0.

    """

    voxels: list[np.ndarray]

    @classmethod
    def of(cls, paths: Sequence[Path]) -> IcacIndex:
        """Scan the labels of the cases at ``paths``."""
        voxels = []
        for path in paths:
            label = read_label(path)
            voxels.append((np.argwhere(label == 1) - np.array(label.shape) // 2).astype(np.int16))
        return cls(voxels)

    @property
    def with_icac(self) -> list[int]:
        """Indices of the cases that have ICAC."""
        return [index for index, found in enumerate(self.voxels) if len(found)]

    def box(self, margin: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the first and last (z, y, x) offset of all ICAC, both sides alike, widened by ``margin`` voxels."""
        every = np.concatenate([found for found in self.voxels if len(found)])
        low, high = every.min(0).astype(int), every.max(0).astype(int)
        low[2], high[2] = min(low[2], -1 - high[2]), max(high[2], -1 - low[2])
        return low - margin, high + margin
