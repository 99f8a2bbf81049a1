"""Changing a part of a segment without touching the rest, however large the CT is."""

from __future__ import annotations

import numpy as np
import slicer
import vtk
from vtk.util.numpy_support import vtk_to_numpy

from ICACSegmentationLib.scene.grids import FLIP, segment_mask


def write_block(segmentation: slicer.vtkMRMLSegmentationNode, segment_id: str, block: np.ndarray, box, frame) -> None:
    """Set the voxels of a segment within a box; outside it nothing changes.

    Parameters
    ----------
    segmentation
        Segmentation node without a transform above it.
    segment_id : str
    block : numpy.ndarray of bool
        The segment in the box, shape of the box.
    box : tuple of slice
        Slices for (z, y, x).
    frame : icac.geometry.Frame
        Grid of the CT in the world, in which the box counts.

    """
    if segmentation.GetSegmentation().IsSharedBinaryLabelmap(segment_id):
        segmentation.GetSegmentation().SeparateSegmentLabelmap(segment_id)
    image = _image(block, box, frame)
    logic = slicer.vtkSlicerSegmentationsModuleLogic
    modified = segmentation.StartModify()
    try:
        # Replacing would clear the segment outside the box.
        for mode in (logic.MODE_MERGE_MAX, logic.MODE_MERGE_MIN):
            logic.SetBinaryLabelmapToSegment(image, segmentation, segment_id, mode, image.GetExtent())
    finally:
        segmentation.EndModify(modified)


def _image(block: np.ndarray, box, frame):
    image = slicer.vtkOrientedImageData()
    image.SetExtent([bound for part in reversed(box) for bound in (part.start, part.stop - 1)])
    image.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 1)
    vtk_to_numpy(image.GetPointData().GetScalars())[:] = block.ravel()
    image.SetImageToWorldMatrix(slicer.util.vtkMatrixFromArray(FLIP @ frame.affine))
    return image


def read_block(segmentation: slicer.vtkMRMLSegmentationNode, segment_id: str, box, frame) -> np.ndarray:
    """Return a segment in a box of the frame of the CT in the world, bool of the shape of the box."""
    return segment_mask(segmentation, segment_id, frame.part(box))


def extent_of(segmentation: slicer.vtkMRMLSegmentationNode, segment_id: str, frame):
    """Return the box (slices for z, y, x) in which a segment may have voxels, on the frame; None if it is empty."""
    image = slicer.vtkOrientedImageData()
    if not segmentation.GetBinaryLabelmapRepresentation(segment_id, image) or image.IsEmpty():
        return None
    bounds = [0.0] * 6
    image.GetBounds(bounds)
    corners = np.array(np.meshgrid(bounds[:2], bounds[2:4], bounds[4:])).reshape(3, -1).T
    index = frame.to_index(corners * (-1, -1, 1))
    low = np.maximum(np.floor(index.min(axis=0)).astype(int), 0)
    high = np.minimum(np.ceil(index.max(axis=0)).astype(int) + 1, frame.size)
    return tuple(slice(a, b) for a, b in zip(low[::-1].tolist(), high[::-1].tolist(), strict=True)) \
        if (low < high).all() else None
