"""A proposed change of a mask: previewed, then applied, without a copy of the whole scan."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from icac.geometry.box import Box, box_shape


@dataclass(frozen=True, eq=False)
class Patch:
    """What a correction would change in a mask, before it is applied.

    Only voxels that differ between ``before`` and ``after`` are ever written, so other lesions that reach into the
    box stay as they are.

    Attributes
    ----------
    box : tuple of slice
        Block of the scan, slices for (z, y, x) with explicit ends.
    before, after : numpy.ndarray of bool
        The corrected lesion in the box without and with the change, shape of the box.

    Raises
    ------
    ValueError
        If the arrays do not have the shape of the box.

    """

    box: Box
    before: np.ndarray
    after: np.ndarray

    def __post_init__(self) -> None:
        shape = box_shape(self.box)
        if self.before.shape != shape or self.after.shape != shape:
            raise ValueError(f"A patch on a box of shape {shape} got arrays of {self.before.shape} and "
                             f"{self.after.shape}.")

    @cached_property
    def added(self) -> np.ndarray:
        """Voxels that are set, bool in the box."""
        return self.after & ~self.before

    @cached_property
    def removed(self) -> np.ndarray:
        """Voxels that are cleared, bool in the box."""
        return self.before & ~self.after

    @cached_property
    def changed(self) -> int:
        """Number of voxels that change."""
        return int(np.count_nonzero(self.before != self.after))

    @property
    def is_empty(self) -> bool:
        """True if nothing changes."""
        return self.changed == 0

    def apply(self, mask: np.ndarray) -> None:
        """Write the change into ``mask``, bool (z, y, x) of the whole scan, in place."""
        block = mask[self.box]
        block[self.added] = True
        block[self.removed] = False
