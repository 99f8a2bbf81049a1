"""A real CT in which patients are simulated: read, checked and aligned, whether living head or bare skull."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from icac.ct import check_ct, read_ct
from icac.ct.check import MIN_SOFT_TISSUE_ML
from icac.ct.ct_numbers import coarse_copy, soft_tissue_ml
from icac.ct.scan import CTScan
from icac.reference import load_reference
from icac.registration import Registration, register

#: Bone begins and is complete at these CT numbers, where partial volume is taken as linear.
BONE_HU = (150.0, 400.0)


class RegisteredScan(NamedTuple):
    """A scan, where its head lies, and whether it is a skull in air."""

    scan: CTScan
    registration: Registration
    dry: bool


def read_registered(path: str | Path) -> RegisteredScan:
    """Read a real CT and register it.

    Parameters
    ----------
    path : str or Path
        DICOM folder, NIfTI, NRRD or MetaImage.

    Raises
    ------
    InputError
        If it cannot be read or is no CT in which ICAC can be measured.
    RegistrationError
        If no skull base is found in it.

    """
    scan = read_ct(path)
    check_ct(scan)
    dry = soft_tissue_ml(coarse_copy(scan.volume)) < MIN_SOFT_TISSUE_ML
    return RegisteredScan(scan, register(scan.volume, load_reference()), dry)


def share_of_bone(hu: np.ndarray) -> np.ndarray:
    """Return how much of each voxel is bone, by its CT number alone."""
    return np.clip((hu - BONE_HU[0]) / (BONE_HU[1] - BONE_HU[0]), 0.0, 1.0)
