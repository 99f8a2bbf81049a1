"""Averages of blocks of voxels: a coarse copy of a scan that takes no other copy of it."""

from __future__ import annotations

import numpy as np

from icac.geometry.frame import Frame
from icac.geometry.volume import Volume
from icac.three import three


def averaged_blocks(volume: Volume, factors: tuple[int, int, int], low: float = -np.inf, high: float = np.inf
                    ) -> Volume:
    """Average blocks of voxels, as ``BinShrink`` of SimpleITK does; what does not fill a block is left out.

    Parameters
    ----------
    volume : Volume
    factors : tuple of int
        Voxels of a block along x, y and z.
    low, high : float
        Values are clipped to this range first.

    Returns
    -------
    Volume
        Of the same type; integers are rounded, halves up.

    """
    steps = factors[::-1]
    shape = tuple(n // step for n, step in zip(volume.array.shape, steps, strict=True))
    whole = volume.array[tuple(slice(n * step) for n, step in zip(shape, steps, strict=True))]
    out = np.empty(shape, volume.array.dtype)
    share, is_whole = 1.0 / np.prod(steps), out.dtype.kind in "iu"
    for z in range(shape[0]):
        slab = whole[z * steps[0]:(z + 1) * steps[0]]
        mean = _sums(_clipped(slab, low, high), steps[1:]) * share
        out[z] = np.floor(mean + 0.5) if is_whole else mean
    return Volume(out, _frame_of(volume.frame, factors, three(out.shape[::-1])))


def _clipped(slab: np.ndarray, low: float, high: float) -> np.ndarray:
    return slab if low == -np.inf and high == np.inf else np.clip(slab, low, high)


def _sums(slab: np.ndarray, steps: tuple[int, ...]) -> np.ndarray:
    """Return the sums of blocks of the whole height of a slab and of ``steps`` (y, x): the slowest axis first."""
    kind = np.int64 if slab.dtype.itemsize > 2 else np.int32
    sums = slab.sum(axis=0, dtype=kind if slab.dtype.kind in "iu" else np.float64)
    sums = sums.reshape(-1, steps[0], sums.shape[1]).sum(axis=1)
    return np.asarray(sum(sums[:, first::steps[1]] for first in range(steps[1])))


def _frame_of(frame: Frame, factors: tuple[int, int, int], size: tuple[int, int, int]) -> Frame:
    """Return the frame of so many blocks (x, y, z), of which each lies at its middle."""
    affine = frame.affine * [*factors, 1.0]
    affine[:3, 3] = frame.to_lps((np.array(factors) - 1) / 2)
    return Frame(affine, size)
