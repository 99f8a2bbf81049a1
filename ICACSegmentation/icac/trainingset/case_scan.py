"""The scan that a case was made from, simulated or annotated: the voxels on which a model is judged.

A network is trained on its own 0.5 mm grid, but what it finds is measured on the voxels of the scan (0.03 to 1.5 mm3).
A case that keeps the part of its scan around the carotids can be judged there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from icac.errors import InputError
from icac.files import open_arrays
from icac.geometry import Frame, Volume, covered_block, three
from icac.network import FcnConfig
from icac.network_region import analysed_frame
from icac.reference import load_reference

#: Names of the arrays in the ``.npz`` of a case.
_NAMES = ("scan_hu", "scan_icac", "scan_affine", "reference_to_scan")

#: Room in mm around the part of a scan that a network predicts.
_ROOM_MM = 2.0


@dataclass(frozen=True, eq=False)
class CaseScan:
    """The part of a scan around the carotids.

    Attributes
    ----------
    ct : Volume
        int16 HU.
    icac : Volume
        uint8, 1 where ICAC is, 255 where nothing is known, on the same voxels.
    reference_to_scan : numpy.ndarray
        4 x 4; maps reference LPS mm to scan LPS mm, as registration would, with its error.

    """

    ct: Volume
    icac: Volume
    reference_to_scan: np.ndarray

    @classmethod
    def around_carotids(cls, ct: Volume, icac: Volume, reference_to_scan: np.ndarray) -> CaseScan:
        """Cut the part that a network predicts out of a scan and its truth, which share their voxels.

        Raises
        ------
        InputError
            If that part lies outside the scan.

        """
        start, size = covered_block(_predicted(), ct.frame, reference_to_scan)
        if min(size) < 1:
            raise InputError("no carotid lies within this scan; leave it out.")
        return cls(ct.crop(start, size), icac.crop(start, size), reference_to_scan)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return what :meth:`read` reads, by name."""
        return dict(zip(_NAMES, (self.ct.array, self.icac.array, self.ct.frame.affine, self.reference_to_scan),
                        strict=True))

    @classmethod
    def read(cls, path: Path) -> CaseScan | None:
        """Return the scan of a ``.npz`` case, or None if it keeps none (or is no such file).

        Raises
        ------
        InputError
            What it keeps is no scan.

        """
        arrays = _read(path, _NAMES)
        if arrays is None:
            return None
        hu, icac, affine, reference_to_scan = arrays
        try:
            frame = Frame(affine, hu.shape[::-1])
            return cls(Volume(hu, frame), Volume(icac, frame), _checked_pose(reference_to_scan))
        except (ValueError, TypeError) as error:
            raise _refusal(path) from error


def pose_of_case(path: Path) -> np.ndarray:
    """Return the 4 x 4 map from reference LPS mm to the space in which a case is judged: of its scan, or identity.

    Raises
    ------
    InputError
        What it keeps is no such map.

    """
    arrays = _read(path, _NAMES[-1:])
    try:
        return np.eye(4) if arrays is None else _checked_pose(arrays[0])
    except ValueError as error:
        raise _refusal(path) from error


def _checked_pose(matrix: np.ndarray) -> np.ndarray:
    if matrix.shape != (4, 4) or matrix.dtype.kind != "f" or not np.isfinite(matrix).all():
        raise ValueError("it is no 4 x 4 matrix of numbers")
    return matrix


def _refusal(path: Path) -> InputError:
    return InputError(f"{path}: the scan that this training case keeps cannot be read; make the case again.")


def _read(path: Path, names: tuple[str, ...]) -> list[np.ndarray] | None:
    if path.suffix != ".npz":
        return None
    try:
        with open_arrays(path) as file:
            return [file[name] for name in names] if set(names) <= set(file) else None
    except (OSError, ValueError):  # whoever needs the case itself says what is wrong with it
        return None


@lru_cache(maxsize=1)
def _predicted() -> Frame:
    """Return the box that a network predicts around both carotids, with some room, in reference space."""
    frame, _ = analysed_frame("carotid", load_reference().courses, FcnConfig().geometry)
    room = int(np.ceil(_ROOM_MM / frame.spacing[0]))
    return frame.crop((-room,) * 3, three(n + 2 * room for n in frame.size))


def keeps_scan(arrays: Mapping[str, object]) -> bool:
    """Tell whether the arrays of a case, by name, include its scan."""
    return all(name in arrays for name in _NAMES)
