"""Removing a lesion that is none."""

from __future__ import annotations

import numpy as np

from icac.correct.block import find_label
from icac.correct.patch import Patch


def remove_lesion(labels: np.ndarray, number: int) -> Patch:
    """Propose to clear a whole lesion.

    Parameters
    ----------
    labels : numpy.ndarray of int
        Numbers of the lesions (z, y, x), 0 outside.
    number : int
        The lesion to clear.

    Returns
    -------
    Patch

    Raises
    ------
    InputError
        If there is no such lesion.

    """
    box, mask = find_label(labels, number)
    return Patch(box, mask, np.zeros_like(mask))
