"""Position channels of training cases, cut as their patches are."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from icac.geometry import Frame, three
from icac.reference.grid import CENTER_LPS_MM, SPACING_MM
from icac.reference.position import CHANNELS, UNIT_MM, reference_positions
from icac.reference.region import REACH_MM
from icac.training.patches.patch import PatchGeometry, cut


@lru_cache(maxsize=2)
def case_positions(shape: tuple[int, int, int]) -> np.ndarray:
    """Return the position channels, float16 (c, z, y, x), of cases of ``shape`` (z, y, x).

    All cases lie in reference space with voxels of 0.5 mm and the centre of the network's grid.
    """
    frame = Frame.regular((SPACING_MM,) * 3, shape[::-1], center=CENTER_LPS_MM)
    return reference_positions(frame).astype(np.float16)


def cut_positions(shape: tuple[int, int, int], geometry: PatchGeometry, output_start: tuple[int, int, int]
                  ) -> np.ndarray:
    """Cut the position channels of the input of a patch, float32 (c, z, y, x).

    Parameters
    ----------
    shape : tuple of int
        (z, y, x) of the case.
    geometry : PatchGeometry
    output_start : tuple of int
        (z, y, x) voxel of the case that is the first to be predicted.

    """
    start = three(int(s) - o for s, o in zip(output_start, geometry.offset, strict=True))
    channels = case_positions(tuple(shape))
    return np.stack([cut(channel, start, geometry.input) for channel in channels]).astype(np.float32)


def in_region(positions: np.ndarray) -> np.ndarray:
    """Tell which voxels, (z, y, x), of position channels (c, z, y, x) lie where the model is used."""
    return positions[CHANNELS.index("distance")] * UNIT_MM <= REACH_MM
