"""What belongs to a result beyond its figures: its CT, the probability of ICAC, and the courses of the carotids.

The probability is kept in the scene as a hidden volume that holds only the part above zero, so that it costs
little memory, is saved with the scene, and can be read again on the voxels of the whole CT.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import slicer

from ICACSegmentationLib.scene.grids import FLIP, own_frame
from ICACSegmentationLib.scene.nodes import add_hidden

#: Role under which a segmentation refers to its probability volume.
PROBABILITY_ROLE = "ICAC.probability"

#: Attribute of the segmentation node that holds the whole report as JSON.
REPORT_ATTRIBUTE = "ICAC.report"


def report_of(segmentation: slicer.vtkMRMLSegmentationNode):
    """Return the report (``icac.report.Report``) of a segmentation node, or None if it is none of ours."""
    from icac.report import Report

    text = segmentation.GetAttribute(REPORT_ATTRIBUTE) if segmentation else None
    return Report.parse(text, segmentation.GetName()) if text else None


def courses_of(segmentation: slicer.vtkMRMLSegmentationNode) -> dict:
    """Return the carotid courses of a result, dict of Side to Course in the world, LPS mm."""
    return report_of(segmentation).courses


def attach_probability(segmentation: slicer.vtkMRMLSegmentationNode, path: Path) -> None:
    """Load a probability map from a file and keep it with a segmentation."""
    from icac.geometry.box import bounding_box

    loaded = slicer.util.loadVolume(str(path), {"show": False})
    try:
        values, frame = slicer.util.arrayFromVolume(loaded), own_frame(loaded)
        box = bounding_box(values > 0)
        if box is None:
            return
        node = _hidden_volume(values[box].astype(np.float32), frame.part(box), f"{segmentation.GetName()} probability")
        segmentation.SetNodeReferenceID(PROBABILITY_ROLE, node.GetID())
    finally:
        slicer.mrmlScene.RemoveNode(loaded.GetStorageNode())
        slicer.mrmlScene.RemoveNode(loaded)


def remove_probability(segmentation: slicer.vtkMRMLSegmentationNode) -> None:
    """Remove the probability of a result from the scene, unless a copy of the result still refers to it."""
    node = segmentation.GetNodeReference(PROBABILITY_ROLE)
    others = (other for other in slicer.util.getNodesByClass("vtkMRMLSegmentationNode") if other is not segmentation)
    if node and not any(other.GetNodeReference(PROBABILITY_ROLE) is node for other in others):
        slicer.mrmlScene.RemoveNode(node)


def _hidden_volume(values: np.ndarray, frame, name: str):
    node = add_hidden(slicer.vtkMRMLScalarVolumeNode(), name, saved=True)
    node.SetIJKToRASMatrix(slicer.util.vtkMatrixFromArray(FLIP @ frame.affine))
    slicer.util.updateVolumeFromArray(node, np.ascontiguousarray(values))
    return node


def probability_of(segmentation: slicer.vtkMRMLSegmentationNode, frame) -> np.ndarray:
    """Return the probability of ICAC of a result, float32 (z, y, x) on the frame of its CT in the world."""
    whole = np.zeros(frame.shape, dtype=np.float32)
    node = segmentation.GetNodeReference(PROBABILITY_ROLE)
    if node is None:
        return whole
    part, inner = slicer.util.arrayFromVolume(node), own_frame(node)
    if not np.allclose(inner.affine[:3, :3], frame.affine[:3, :3], atol=1e-3):
        from icac.geometry import Volume

        return Volume(part, inner).resample(frame).array
    start = np.rint(frame.to_index(inner.origin)).astype(int)[::-1]
    low, high = np.maximum(start, 0), np.minimum(start + part.shape, frame.shape)
    target = tuple(slice(a, max(a, b)) for a, b in zip(low, high, strict=True))
    source = tuple(slice(a - s, max(a, b) - s) for a, b, s in zip(low, high, start, strict=True))
    whole[target] = part[source]
    return whole
