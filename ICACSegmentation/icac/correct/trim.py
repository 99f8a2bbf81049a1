"""Trimming bone off a lesion, with a strength from cautious to strong."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from icac.anatomy import Course, Side
from icac.correct.block import as_part
from icac.correct.patch import Patch
from icac.correct.separate import Separation, separate_bone
from icac.errors import InputError
from icac.geometry import Volume
from icac.geometry.box import Box

#: Certainty below which a voxel is trimmed at strength 0 and at strength 1; between, it rises evenly.
CAUTIOUS, STRONG = 0.1, 0.9


def trim_bone(ct: Volume, lesion: np.ndarray | tuple[Box, np.ndarray], strength: float,
              probability: np.ndarray | None = None, courses: Mapping[Side, Course] | None = None) -> Patch:
    """Propose to clear the voxels of a lesion that are bone.

    For a slider, call :func:`icac.correct.separate_bone` once and :func:`trim` for each strength.

    Parameters
    ----------
    ct : Volume
        The scan in HU; only a block around the lesion is read.
    lesion : numpy.ndarray of bool, or (box, numpy.ndarray of bool)
        One lesion as a mask of the whole scan (z, y, x), or as a block of it, which is found faster.
    strength : float
        0 (cautious: only what is almost surely bone) to 1 (strong: all that is not surely calcification). A stronger
        trim clears all that a weaker one clears.
    probability : numpy.ndarray, optional
        The network's probability on the voxels of the scan (z, y, x).
    courses : mapping of Side to Course, optional
        Courses of the carotids in the space of the scan, LPS mm.

    Returns
    -------
    Patch
        It never clears the whole lesion.

    Raises
    ------
    InputError
        If the lesion has no voxels, or the strength is not within 0 to 1.

    """
    part = as_part(lesion, ct.array.shape)
    return trim(separate_bone(ct, part, probability, courses), strength)


def trim(separation: Separation, strength: float) -> Patch:
    """Propose to clear the bone of a lesion that was separated already; parameters and errors of :func:`trim_bone`."""
    if not 0.0 <= strength <= 1.0:
        raise InputError(f"The strength of a trim is a number from 0 to 1, not {strength}.")
    least = CAUTIOUS + (STRONG - CAUTIOUS) * strength
    return Patch(separation.box, separation.lesion, separation.lesion & (separation.certainty >= least))
