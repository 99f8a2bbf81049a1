"""What the network is shown of a patch, and where its answer counts."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from icac.calcium import CALCIUM_HU
from icac.models import IntensityScaling
from icac.network import Architecture
from icac.training.patches.patch import PatchGeometry
from icac.training.patches.positions import cut_positions, in_region

#: CT numbers are scaled so for every network: soft tissue to dense bone; the threshold of calcium is 0.
SCALING = IntensityScaling(low_hu=-200.0, high_hu=1500.0, shift_hu=float(CALCIUM_HU), scale_hu=300.0)


class Shown:
    """Makes the input of a network, and tells where its output counts.

    Parameters
    ----------
    geometry : PatchGeometry
    network : Architecture
        Says whether position channels are wanted.
    within_region : bool
        Only voxels near the reference's carotid courses count.

    """

    def __init__(self, geometry: PatchGeometry, network: Architecture, within_region: bool) -> None:
        self._geometry, self._has_position, self._within_region = geometry, network.position, within_region

    def place(self, shape: tuple[int, int, int], start: tuple[int, int, int], flipped: bool
              ) -> tuple[np.ndarray | None, np.ndarray]:
        """Return the position channels (c, z, y, x) of a patch if wanted, and where its output counts (z, y, x).

        Parameters
        ----------
        shape : tuple of int
            (z, y, x) of the case.
        start : tuple of int
            (z, y, x) voxel of the case that is the first to be predicted.
        flipped : bool
            Left and right of the patch were swapped.

        """
        counts = self._geometry.inner()
        if not (self._has_position or self._within_region):
            return None, counts
        # A turned patch keeps the position of the unturned one: registration errs like that, too.
        positions = cut_positions(shape, self._geometry, start)
        positions = positions[..., ::-1] if flipped else positions
        if self._within_region:
            counts &= self._geometry.under_output(in_region(positions))
        return positions if self._has_position else None, counts

    def input(self, hu: np.ndarray, positions: np.ndarray | None) -> Tensor:
        """Return the input, float32 (c, z, y, x), of CT numbers, HU (z, y, x), and position channels if wanted."""
        channels = [SCALING.apply(hu)[None], *([] if positions is None else [positions])]
        return torch.from_numpy(np.ascontiguousarray(np.concatenate(channels)))
