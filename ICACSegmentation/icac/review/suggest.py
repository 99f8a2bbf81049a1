"""Uncertain candidates below the threshold, since small faint lesions are what readers miss."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from scipy import ndimage

from icac.calcium import is_calcium_dense
from icac.correct.block import Part
from icac.errors import InputError
from icac.geometry import Volume
from icac.geometry.box import Box, bounding_box, placed
from icac.lesions.components import label_components
from icac.review.parts import tight, window

#: Words for panels and reports.
DEFINITION = ("A suggestion is a connected group of voxels of at least 130 HU whose probability reaches the lower "
              "limit, and that has no voxel in common with any predicted or reviewed lesion.")


def candidates(ct: Volume, probability: np.ndarray, limit: float, known: Iterable[Part],
               analysed: Box | None) -> list[Part]:
    """Find the suggestions at a lower limit; see :data:`DEFINITION`.

    Parameters
    ----------
    ct : Volume
        HU.
    probability : numpy.ndarray of float32
        Shape (z, y, x).
    limit : float
        Lowest probability of a voxel, above 0.
    known : iterable of Part
        Predicted and reviewed lesions.
    analysed : tuple of slice or None
        Box that holds all voxels of probability above 0, see :func:`analysed_box`.

    Returns
    -------
    list of Part
        Largest first.

    Raises
    ------
    InputError
        The limit is not a probability above 0.

    """
    if not 0 < limit < 1:
        raise InputError(f"The lower limit of suggestions is a probability between 0 and 1, not {limit:g}.")
    if analysed is None:
        return []
    mask = (probability[analysed] >= limit) & is_calcium_dense(ct.array[analysed])
    labels, count = label_components(mask)
    taken = np.zeros(count + 1, dtype=bool)
    for part in known:
        taken[labels[window(part, analysed)]] = True
    boxes = ndimage.find_objects(labels, max_label=count)
    return [tight(placed(box, analysed), labels[box] == number)
            for number, box in enumerate(boxes, start=1) if not taken[number]]


def analysed_box(probability: np.ndarray) -> Box | None:
    """Return the smallest box that holds all voxels where the network looked (probability above 0); None if none."""
    return bounding_box(probability > 0)
