"""Going to a lesion in every slice view."""

from __future__ import annotations

import numpy as np
import slicer


def point_of(part, frame) -> np.ndarray:
    """Return a point within a part of the CT, RAS mm: the voxel centre that is nearest to its middle.

    The middle itself may lie outside, as in a crescent along the wall of the artery.
    """
    from icac.geometry import lps_to_ras

    index = np.argwhere(part.mask)[:, ::-1] + [s.start for s in reversed(part.box)]
    points = frame.to_lps(index)
    return lps_to_ras(points[np.linalg.norm(points - points.mean(axis=0), axis=1).argmin()])


def jump_to(ras) -> None:
    """Centre every slice view on a point, RAS mm."""
    mode = slicer.vtkMRMLSliceNode.CenteredJumpSlice
    slicer.vtkMRMLSliceNode.JumpAllSlices(slicer.mrmlScene, *(float(v) for v in ras), mode)
