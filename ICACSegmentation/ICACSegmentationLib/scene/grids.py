"""Voxel grids of the scene (RAS) as frames of icac (LPS), and segments as arrays on any of them.

"The world" is where nodes lie with the transforms above them applied. Results lie there without a transform.
"""

from __future__ import annotations

import numpy as np
import slicer
import vtk
from vtk.util.numpy_support import vtk_to_numpy

#: Maps homogeneous RAS points to LPS points, and back.
FLIP = np.diag([-1.0, -1.0, 1.0, 1.0])


def own_frame(volume: slicer.vtkMRMLScalarVolumeNode):
    """Return the :class:`icac.geometry.Frame` of a volume node, transforms above it left out."""
    from icac.geometry import Frame

    matrix = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    return Frame(FLIP @ slicer.util.arrayFromVTKMatrix(matrix), volume.GetImageData().GetDimensions())


def world_volume(volume: slicer.vtkMRMLScalarVolumeNode):
    """Return a CT as it lies in the world, an :class:`icac.geometry.Volume` in HU, (z, y, x).

    The voxels are those of the node, not a copy, unless a non-linear transform lies above it: then they are
    resampled as they were for the program.
    """
    from icac.geometry import Frame, Volume

    from ICACSegmentationLib.scene.nodes import hardened_copy

    transform = volume.GetParentTransformNode()
    if transform is None:
        return Volume(slicer.util.arrayFromVolume(volume), own_frame(volume))
    if not transform.IsTransformToWorldLinear():
        copy = hardened_copy(volume)
        try:
            return Volume(slicer.util.arrayFromVolume(copy).copy(), own_frame(copy))
        finally:
            slicer.mrmlScene.RemoveNode(copy)
    matrix = vtk.vtkMatrix4x4()
    transform.GetMatrixTransformToWorld(matrix)
    frame = own_frame(volume)
    moved = FLIP @ slicer.util.arrayFromVTKMatrix(matrix) @ FLIP @ frame.affine
    return Volume(slicer.util.arrayFromVolume(volume), Frame(moved, frame.size))


def world_frame(volume: slicer.vtkMRMLScalarVolumeNode):
    """Return the frame of :func:`world_volume`."""
    return world_volume(volume).frame


def segment_mask(segmentation: slicer.vtkMRMLSegmentationNode, segment_id: str, frame) -> np.ndarray:
    """Return a segment where it lies in the world, bool (z, y, x) on a frame (nearest voxel where grids differ)."""
    stored, out = slicer.vtkOrientedImageData(), slicer.vtkOrientedImageData()
    empty = np.zeros(frame.shape, dtype=bool)
    if not segmentation.GetBinaryLabelmapRepresentation(segment_id, stored) or stored.IsEmpty():
        return empty
    transform = _to_world(segmentation)
    if not slicer.vtkOrientedImageDataResample.ResampleOrientedImageToReferenceOrientedImage(
            stored, _empty_image(frame), out, False, False, transform):
        return empty
    return vtk_to_numpy(out.GetPointData().GetScalars()).reshape(frame.shape) > 0


def _to_world(node):
    """Return the transform above a node, or None."""
    parent = node.GetParentTransformNode()
    if parent is None:
        return None
    transform = vtk.vtkGeneralTransform()
    parent.GetTransformToWorld(transform)
    return transform


def _empty_image(frame, extent: tuple[int, ...] | None = None):
    """Return an image of zeros on a frame, or on the part of it within ``extent`` (x0, x1, y0, y1, z0, z1)."""
    image = slicer.vtkOrientedImageData()
    image.SetExtent(extent or tuple(v for n in frame.size for v in (0, n - 1)))
    image.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 1)
    image.GetPointData().GetScalars().Fill(0)
    image.SetImageToWorldMatrix(slicer.util.vtkMatrixFromArray(FLIP @ frame.affine))
    return image


def set_segment_mask(segmentation: slicer.vtkMRMLSegmentationNode, segment_id: str, mask: np.ndarray, frame) -> None:
    """Replace the voxels of a segment; ``mask`` is bool (z, y, x) on a frame in the world, without a transform."""
    from icac.geometry.box import bounding_box

    box = bounding_box(mask)
    if box is None:
        slicer.vtkSlicerSegmentationsModuleLogic.ClearSegment(segmentation, segment_id)
        return
    z, y, x = box
    image = _empty_image(frame, (x.start, x.stop - 1, y.start, y.stop - 1, z.start, z.stop - 1))
    block = mask[box]
    vtk_to_numpy(image.GetPointData().GetScalars()).reshape(block.shape)[:] = block
    slicer.vtkSlicerSegmentationsModuleLogic.SetBinaryLabelmapToSegment(image, segmentation, segment_id)
