"""Which lesions of one mask are covered by another mask, and by which of its lesions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from icac.geometry.box import Box, voxels_in
from icac.lesions.components import label_components

#: Words for reports.
DEFINITION = ("A lesion is a 26-connected component. A true lesion is found if the prediction covers at least the "
              "stated share of its voxels (one voxel is enough if no share is stated); a predicted lesion is false if "
              "the truth covers less than that share of it.")


class CoveredLesion(NamedTuple):
    """One lesion, and how much of it the other mask covers."""

    number: int
    """Its value in the labels."""
    box: Box
    """Smallest block that holds it, slices for (z, y, x)."""
    inside: np.ndarray
    """Its voxels, bool of the shape of the box."""
    voxels: int
    covered: int
    """Number of its voxels that lie in the other mask."""
    partners: dict[int, int]
    """Lesions of the other mask that share voxels with it, with the number of these; the largest share first."""

    @property
    def index_zyx(self) -> np.ndarray:
        """Its voxels (n, 3) as (z, y, x) of the whole array."""
        return voxels_in(self.box, self.inside)

    def is_found(self, min_share: float = 0.0) -> bool:
        """Tell whether at least a share (0 to 1), and at least one voxel, of it is covered."""
        return self.covered > 0 and self.covered / self.voxels >= min_share


def as_labels(mask: np.ndarray) -> np.ndarray:
    """Return a mask as labels of its components, the largest first; labels (integers) stay what they are."""
    return label_components(mask)[0] if mask.dtype == bool else mask


def covered_lesions(labels: np.ndarray, other: np.ndarray) -> Iterator[CoveredLesion]:
    """Go through the lesions of a label array (z, y, x), by number, and look what ``other`` has in their place.

    Parameters
    ----------
    labels : numpy.ndarray of int
        0, or the number of the lesion.
    other : numpy.ndarray of int or bool
        Labels or mask, same shape.

    """
    for number, box in enumerate(ndimage.find_objects(labels), start=1):
        if box is None:
            continue
        inside = labels[box] == number
        numbers, shared = np.unique(other[box][inside].astype(np.int64), return_counts=True)
        partners = {int(n): int(count) for n, count in zip(numbers, shared, strict=True) if n > 0}
        ordered = dict(sorted(partners.items(), key=lambda item: (-item[1], item[0])))
        yield CoveredLesion(number, box, inside, int(np.count_nonzero(inside)), sum(partners.values()), ordered)
