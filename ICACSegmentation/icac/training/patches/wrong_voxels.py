"""Where an earlier model was wrong in each training case, so that the next one looks there.

A wrong voxel is one that the model took for ICAC and is none, or, if that was wanted too, ICAC that it missed. The
setting that names their file is ``sampling.false_voxels``, as it was called when it held only the former.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from icac.errors import InputError
from icac.files import open_arrays, whole_file

#: What the array of a case is called in the file: any case name, also one with a slash, stays a plain member.
_MEMBER = "case_{}"


def write_wrong_voxels(path: Path, found: Mapping[str, np.ndarray]) -> None:
    """Write the wrong voxels of cases, whole or not at all.

    Parameters
    ----------
    path : Path
        ``.npz``.
    found : mapping of str to numpy.ndarray
        By case (n, 3) int16: voxel (z, y, x) of the network's grid minus half of its shape.

    Raises
    ------
    OutputError
        If the file cannot be written.

    """
    arrays: dict[str, Any] = {_MEMBER.format(number): voxels for number, voxels in enumerate(found.values())}
    with whole_file(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, names=np.array(list(found)), **arrays)


def read_wrong_voxels(path: Path, cases: Sequence[str]) -> list[np.ndarray]:
    """Return the wrong voxels of ``cases``, none for a case that the file does not know.

    Raises
    ------
    InputError
        If the file is missing or damaged.

    """
    try:
        with open_arrays(path) as file:
            found = {str(name): _voxels(file[_MEMBER.format(number)]) for number, name in enumerate(file["names"])}
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: the voxels at which a model was wrong cannot be read; make them with "
                         "'icac study mine'.") from error
    none = np.zeros((0, 3), np.int16)
    return [found.get(name, none) for name in cases]


def _voxels(array: np.ndarray) -> np.ndarray:
    """Return the voxels of a case, (n, 3) int16; ValueError if they are none."""
    if array.dtype != np.int16 or array.ndim != 2 or array.shape[1] != 3:
        raise ValueError(f"an array of {array.dtype} and shape {array.shape} holds no voxels")
    return array
