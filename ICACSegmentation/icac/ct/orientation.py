"""Files that do not say where left and right are: refused, unless the user knows it and says so."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from icac.ct.formats import ImageHeader
from icac.errors import InputError

#: What a user can say of the voxel axes of such files (x, y, z), and what turns them into LPS.
ASSUMPTIONS = {"lps": (1, 1, 1), "ras": (-1, -1, 1)}


def placed(header: ImageHeader, path: Path, assume: str | None = None) -> tuple[np.ndarray, str]:
    """Return the affine of an image, voxel index to LPS mm, and a sentence on it if it rests on what the user said.

    Parameters
    ----------
    header : ImageHeader
    path : pathlib.Path
        For the sentences.
    assume : {"lps", "ras"}, optional
        Which axes the file is to have if it does not tell.

    Raises
    ------
    InputError
        Neither the file nor the user tells, or there is no such assumption.

    """
    if assume is not None and assume not in ASSUMPTIONS:
        raise InputError(f"The axes of a file can be assumed to be {' or '.join(ASSUMPTIONS)}, not '{assume}'.")
    if header.oriented:
        return header.affine, ""
    if assume is None:
        raise InputError(f"{path} does not say where left and right are; export it with its orientation or, if you "
                         "know it, add --assume-lps (its axes run to the left, back and head of the patient) or "
                         "--assume-ras (to the right, front and head).")
    return np.diag([*ASSUMPTIONS[assume], 1.0]) @ header.affine, (
        f"{path.name} does not say where left and right are; as you said, its axes were taken as {assume.upper()}: "
        "if that is wrong, the sides are exchanged.")
