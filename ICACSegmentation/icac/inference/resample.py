"""Bringing the network's output from its own grid back onto the voxels of the scan."""

from __future__ import annotations

import numpy as np

from icac.geometry import Volume, covered_block
from icac.geometry.box import box_of

#: Below this share of calcium-dense neighbours the plain interpolation is taken.
SMALLEST_SHARE = 1e-4


def to_scan_grid(probability: Volume, calcium: np.ndarray, ct: Volume, reference_to_scan: np.ndarray) -> np.ndarray:
    """Interpolate probabilities on the scan's voxels, from calcium-dense neighbours only.

    The network is trained on voxels of at least 130 HU alone, so what it says elsewhere means nothing and must not
    leak into its neighbours. With m the mask of calcium-dense voxels on the network's grid, a scan voxel gets
    linear(p m) / linear(m). Where none of the eight neighbours is calcium-dense it gets linear(p).

    Parameters
    ----------
    probability : Volume
        Probability (z, y, x) in reference space.
    calcium : numpy.ndarray of bool
        Calcium-dense voxels, on the same voxels (z, y, x).
    ct : Volume
        The scan; only its frame counts. It may be oblique or sheared.
    reference_to_scan : numpy.ndarray
        4 x 4; maps reference LPS mm to scan LPS mm.

    Returns
    -------
    numpy.ndarray
        Probability, float32 (z, y, x) on the voxels of ``ct``; 0 outside of the network's grid.

    Raises
    ------
    ValueError
        If the mask does not have the shape of the probability.

    """
    if calcium.shape != probability.array.shape:
        raise ValueError(f"The calcium mask {calcium.shape} does not fit the probability {probability.array.shape}.")
    start, size = covered_block(probability.frame, ct.frame, reference_to_scan)
    if min(size) < 1:
        return np.zeros(ct.frame.shape, np.float32)
    block = ct.frame.crop(start, size)
    scan_to_reference = np.linalg.inv(reference_to_scan)
    mask, values = calcium.astype(np.float32), probability.array.astype(np.float32)

    def linear(array: np.ndarray) -> np.ndarray:
        return probability.like(array).resample(block, scan_to_reference).array

    result, share = linear(values), linear(mask)
    np.divide(linear(values * mask), share, out=result, where=share > SMALLEST_SHARE)
    del share
    out = np.zeros(ct.frame.shape, np.float32)
    np.clip(result, 0, 1, out=out[box_of(start, size)])
    return out
