"""From the scene to files and back: the CT out, the segmentation in, beside its CT and shown as outlines."""

from __future__ import annotations

from pathlib import Path

import slicer

#: Widths of outlines in slice views, in pixels.
OUTLINE_WIDTH = 2


def active_volume():
    """Return the CT the user most likely means: the active volume, else the first one, else None."""
    active = slicer.app.applicationLogic().GetSelectionNode().GetActiveVolumeID()
    candidates = [slicer.mrmlScene.GetNodeByID(active)] if active else []
    candidates += slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")
    return next((node for node in candidates if is_image(node)), None)


def is_image(node) -> bool:
    """Tell a scalar volume with voxels from labelmaps, empty volumes and other nodes."""
    return bool(node and node.IsA("vtkMRMLScalarVolumeNode") and not node.IsA("vtkMRMLLabelMapVolumeNode")
                and not node.GetHideFromEditors() and node.GetImageData() and node.GetImageData().GetNumberOfPoints())


def export_volume(volume: slicer.vtkMRMLScalarVolumeNode, path: Path) -> None:
    """Write a volume as NRRD as it lies in the world, i.e. with the transforms above it applied.

    The voxels themselves are untouched under linear transforms (sheared frames are kept). A non-linear transform,
    such as the acquisition transform of a gantry-tilted series, resamples the written copy.

    Raises
    ------
    RuntimeError
        If the file cannot be written.

    """
    copy = hardened_copy(volume)
    try:
        storage = slicer.vtkMRMLNRRDStorageNode()
        storage.SetFileName(str(path))
        storage.SetUseCompression(False)
        if not storage.WriteData(copy):
            raise RuntimeError(f"The volume {volume.GetName()} could not be written to {path}.")
    finally:
        slicer.mrmlScene.RemoveNode(copy)


def add_hidden(node, name: str, saved: bool = False):
    """Add a new node to the scene that no list shows, under a name of its own, and return it.

    Parameters
    ----------
    node : vtkMRMLNode
        Not in the scene yet.
    name : str
    saved : bool
        It is saved with the scene.

    """
    node.SetName(slicer.mrmlScene.GenerateUniqueName(name))
    node.SetSaveWithScene(saved)
    # The subject hierarchy must know every segmentation, or it complains at each change; only its tree leaves some out.
    node.SetAttribute(slicer.vtkMRMLSubjectHierarchyConstants.GetSubjectHierarchyExcludeFromTreeAttributeName(), "1")
    node = slicer.mrmlScene.AddNode(node)
    node.HideFromEditorsOn()
    return node


def hardened_copy(volume: slicer.vtkMRMLScalarVolumeNode) -> slicer.vtkMRMLScalarVolumeNode:
    """Return a hidden volume in the scene, with the transforms above ``volume`` applied; voxels may be shared."""
    copy = add_hidden(slicer.vtkMRMLScalarVolumeNode(), "ICAC export")
    copy.CopyOrientation(volume)
    copy.SetAndObserveImageData(volume.GetImageData())
    copy.SetAndObserveTransformNodeID(volume.GetTransformNodeID())
    copy.HardenTransform()
    return copy


def load_segmentation(path: Path, volume: slicer.vtkMRMLScalarVolumeNode, name: str) -> slicer.vtkMRMLSegmentationNode:
    """Load a ``.seg.nrrd`` as a new segmentation that belongs to ``volume``, shown as outlines.

    Raises
    ------
    RuntimeError
        If the file cannot be loaded.

    """
    segmentation = slicer.util.loadSegmentation(str(path), {"name": slicer.mrmlScene.GenerateUniqueName(name)})
    # The file is temporary: without it the node counts as not saved yet, and Slicer asks before it is lost.
    slicer.mrmlScene.RemoveNode(segmentation.GetStorageNode())
    refer_to(segmentation, volume)
    place_beside(segmentation, volume)
    show_outlines(segmentation)
    return segmentation


def ct_of(segmentation: slicer.vtkMRMLSegmentationNode | None) -> slicer.vtkMRMLScalarVolumeNode | None:
    """Return the CT a segmentation was drawn on, or None."""
    if segmentation is None:
        return None
    return segmentation.GetNodeReference(segmentation.GetReferenceImageGeometryReferenceRole())


def refer_to(segmentation: slicer.vtkMRMLSegmentationNode, volume: slicer.vtkMRMLScalarVolumeNode) -> None:
    """Tell the segmentation which CT it was drawn on; editing and DICOM export need that."""
    transform = volume.GetParentTransformNode()
    if transform is None or transform.IsTransformToWorldLinear():
        segmentation.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    else:
        role = segmentation.GetReferenceImageGeometryReferenceRole()
        segmentation.SetNodeReferenceID(role, volume.GetID())


def place_beside(node, volume: slicer.vtkMRMLScalarVolumeNode) -> None:
    """Put a node under the same study (or folder) as its CT."""
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    parent = hierarchy.GetItemParent(hierarchy.GetItemByDataNode(volume))
    hierarchy.SetItemParent(hierarchy.GetItemByDataNode(node), parent)


def show_outlines(segmentation: slicer.vtkMRMLSegmentationNode) -> None:
    """Show the segmentation in slice views as outlines only, so that it hides no voxel of the CT."""
    segmentation.CreateDefaultDisplayNodes()
    display = segmentation.GetDisplayNode()
    display.SetVisibility2DFill(False)
    display.SetVisibility2DOutline(True)
    display.SetOpacity2DOutline(1.0)
    display.SetSliceIntersectionThickness(OUTLINE_WIDTH)


def load_terminologies(folder: Path) -> None:
    """Make the codes of ICAC known to Slicer: the type list and the region list in ``folder``."""
    logic = slicer.modules.terminologies.logic()
    logic.LoadTerminologyFromFile(str(folder / "ICAC.term.json"))
    logic.LoadRegionContextFromFile(str(folder / "ICACRegions.term.json"))
