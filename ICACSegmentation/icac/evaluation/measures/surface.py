"""Distances between the surfaces of two masks in mm.

The surface of a mask are its voxels with a face neighbour outside it, at their centres in patient space: the
definition of MONAI (``monai.metrics``), whose values these functions reproduce on orthogonal grids. MONAI and SciPy's
distance transform know only spacings; the positions here hold for the sheared frames of tilted gantries too.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

from icac.geometry import Frame
from icac.geometry.box import bounding_box, voxels_in


class SurfaceDistances(NamedTuple):
    """Distances in mm; not a number if either mask is empty."""

    hausdorff: float
    """Largest distance of a surface voxel of either mask to the other surface."""
    hausdorff95: float
    """The larger one of the two directed 95th percentiles."""
    average: float
    """Mean over the surface voxels of both masks (average symmetric surface distance, ASSD)."""


def surface_distances(predicted: np.ndarray, truth: np.ndarray, frame: Frame) -> SurfaceDistances:
    """Measure the distances between two bool masks (z, y, x) on the voxels of ``frame``."""
    if not predicted.any() or not truth.any():
        return SurfaceDistances(*[float("nan")] * 3)
    first, second = surface_points(predicted, frame), surface_points(truth, frame)
    there = cKDTree(second).query(first)[0]
    back = cKDTree(first).query(second)[0]
    return SurfaceDistances(
        hausdorff=float(max(there.max(), back.max())),
        hausdorff95=float(max(np.percentile(there, 95), np.percentile(back, 95))),
        average=float(np.concatenate([there, back]).mean()),
    )


def surface_points(mask: np.ndarray, frame: Frame) -> np.ndarray:
    """Return the positions (n, 3) of the surface voxels of a mask (z, y, x), LPS mm; not empty."""
    box = bounding_box(mask)
    inside = mask[box]
    # Outside the box counts as outside the mask, and so does the outside of the scan.
    index_zyx = voxels_in(box, inside & ~ndimage.binary_erosion(inside))
    return frame.to_lps(index_zyx[:, ::-1])
