"""Bringing contributions from the network's grid onto the voxels of the scan, so that their sum stays."""

from __future__ import annotations

import numpy as np

from icac.geometry import Frame, Volume, covered_block, three
from icac.geometry.box import box_of


def to_scan_voxels(contributions: Volume, scan: Frame, reference_to_scan: np.ndarray) -> np.ndarray:
    """Return what each voxel of a scan contributes.

    Contributions are spread evenly over the space of their voxels, and each voxel of the scan gets what lies in it: it
    is sampled at as many points as keep none of the grid's voxels from being met.

    Parameters
    ----------
    contributions : Volume
        float32 (z, y, x) in reference space.
    scan : Frame
        Of the scan; it may be oblique or sheared.
    reference_to_scan : numpy.ndarray
        4 x 4; maps reference LPS mm to scan LPS mm.

    Returns
    -------
    numpy.ndarray
        float32 (z, y, x) on the voxels of the scan; 0 away from the lesion.

    """
    out = np.zeros(scan.shape, np.float32)
    start, size = covered_block(contributions.frame, scan, reference_to_scan)
    if min(size) < 1:
        return out
    block = scan.crop(start, size)
    times = three(max(1, int(np.ceil(step / min(contributions.frame.spacing) - 1e-6))) for step in block.spacing)
    density = contributions.like(contributions.array / np.float32(contributions.frame.voxel_volume_mm3))
    fine = density.resample(_finer(block, times), np.linalg.inv(reference_to_scan)).array
    out[box_of(start, size)] = _means(fine, times) * np.float32(scan.voxel_volume_mm3)
    return out


def _finer(frame: Frame, times: tuple[int, int, int]) -> Frame:
    """Return the frame in which each voxel is cut into ``times`` (x, y, z)."""
    affine = frame.affine.copy()
    affine[:3, :3] /= times
    affine[:3, 3] = frame.to_lps((1 / np.asarray(times) - 1) / 2)
    return Frame(affine, three(n * t for n, t in zip(frame.size, times, strict=True)))


def _means(array: np.ndarray, times: tuple[int, int, int]) -> np.ndarray:
    """Return the means of blocks of ``times`` (x, y, z) voxels."""
    (a, b, c), (z, y, x) = array.shape, times[::-1]
    return array.reshape(a // z, z, b // y, y, c // x, x).mean(axis=(1, 3, 5))
