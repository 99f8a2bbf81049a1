"""Manual regions of the scene, whatever holds them, as voxels of a CT. They are read, never changed."""

from __future__ import annotations

import numpy as np
import slicer
import vtk
from slicer.i18n import tr as _

from ICACSegmentationLib.compare.curves import curves_beside, fill_curves
from ICACSegmentationLib.scene.grids import segment_mask, world_volume


def segment_names(node) -> dict[str, str]:
    """Return the segments of a segmentation node, id to name; none of other nodes."""
    if node is None or not node.IsA("vtkMRMLSegmentationNode"):
        return {}
    segments = node.GetSegmentation()
    return {segments.GetNthSegmentID(n): segments.GetNthSegment(n).GetName()
            for n in range(segments.GetNumberOfSegments())}


def manual_region(node, frame, segment_id: str = "") -> np.ndarray:
    """Return manual regions on a frame in the world, bool (z, y, x).

    Parameters
    ----------
    node
        A segmentation, a labelmap volume, or a closed curve with all others in its folder.
    frame : icac.geometry.Frame
    segment_id : str
        The segment to take; all of them if empty.

    Raises
    ------
    icac.errors.InputError
        A curve cannot be filled, or the labelmap is under a transform that is not linear.

    """
    if node.IsA("vtkMRMLMarkupsClosedCurveNode"):
        return fill_curves(curves_beside(node), frame)
    if node.IsA("vtkMRMLLabelMapVolumeNode"):
        return _labelled(node, frame)
    masks = [segment_mask(node, name, frame) for name in segment_names(node) if segment_id in ("", name)]
    return np.logical_or.reduce(masks) if masks else np.zeros(frame.shape, dtype=bool)


def _labelled(node, frame) -> np.ndarray:
    from icac.errors import InputError

    transform = node.GetParentTransformNode()
    if transform is not None and not transform.IsTransformToWorldLinear():
        raise InputError(_("The labelmap {name} is under a transform that is not linear; harden it first.").format(
            name=node.GetName()))
    labels = world_volume(node)
    if labels.frame.matches(frame):
        return labels.array > 0
    binary = labels.like((labels.array > 0).astype(np.uint8))
    return binary.resample(frame, interpolation="nearest").array > 0


def observe_changes(node, function) -> list[tuple]:
    """Call ``function`` when the manual regions change; return (object, tag) pairs for ``RemoveObserver``."""
    if node.IsA("vtkMRMLSegmentationNode"):
        segments = node.GetSegmentation()
        events = (segments.SourceRepresentationModified, segments.SegmentAdded, segments.SegmentRemoved)
        return [(segments, segments.AddObserver(event, function)) for event in events]
    if node.IsA("vtkMRMLLabelMapVolumeNode"):
        return [(node, node.AddObserver(slicer.vtkMRMLVolumeNode.ImageDataModifiedEvent, function))]
    return [(node, node.AddObserver(vtk.vtkCommand.ModifiedEvent, function))]
