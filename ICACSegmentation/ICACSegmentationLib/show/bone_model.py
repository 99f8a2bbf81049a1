"""Bone of the skull base as a faint surface, for orientation in 3D."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import slicer
import vtk
from slicer.i18n import tr as _
from vtk.util.numpy_support import vtk_to_numpy

from ICACSegmentationLib.common.colors import BONE
from ICACSegmentationLib.result.data import courses_of
from ICACSegmentationLib.scene.grids import world_volume
from ICACSegmentationLib.scene.nodes import ct_of

if TYPE_CHECKING:
    from icac.anatomy import Course, Side
    from icac.geometry import Volume

#: Role under which a segmentation refers to the model of the bone.
BONE_ROLE = "ICAC.bone"

#: Surface of bone in HU: between marrow and cortex.
BONE_HU = 300

#: Voxels of the surface, and how far it reaches beyond the carotid courses, mm: the skull base, not the vault.
VOXEL_MM, MARGIN_MM = 1.0, (22.0, 30.0, 12.0)

OPACITY = 0.1


def bone_model(segmentation: slicer.vtkMRMLSegmentationNode) -> slicer.vtkMRMLModelNode | None:
    """Return the model of the bone around the carotids of a result, made if there is none; None without its CT."""
    found = segmentation.GetNodeReference(BONE_ROLE)
    ct = ct_of(segmentation)
    if found or ct is None:
        return found
    name = _("{name} skull base").format(name=ct.GetName())
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLModelNode", name)
    node.SetAndObservePolyData(bone_surface(world_volume(ct), courses_of(segmentation)))
    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    display.SetColor(*BONE)
    display.SetOpacity(OPACITY)
    display.SetBackfaceCulling(False)
    display.SetVisibility2D(False)
    segmentation.SetNodeReferenceID(BONE_ROLE, node.GetID())
    return node


def bone_surface(ct: Volume, courses: Mapping[Side, Course]) -> vtk.vtkPolyData:
    """Return the surface of bone around the carotids, RAS mm.

    Parameters
    ----------
    ct : icac.geometry.Volume
        HU, in the world.
    courses : mapping of icac.anatomy.Side to Course
        LPS mm, in the world.

    """
    from icac.air import OUTSIDE_HU
    from icac.geometry import Frame

    points = np.concatenate([course.points for course in courses.values()])
    low, high = points.min(axis=0) - MARGIN_MM, points.max(axis=0) + MARGIN_MM
    size = tuple(np.ceil((high - low) / VOXEL_MM).astype(int))
    coarse = ct.resample(Frame.regular((VOXEL_MM,) * 3, size, origin=tuple(low)), outside=OUTSIDE_HU)
    image = vtk.vtkImageData()
    image.SetDimensions(*size)
    image.SetOrigin(*low)
    image.SetSpacing(VOXEL_MM, VOXEL_MM, VOXEL_MM)
    image.AllocateScalars(vtk.VTK_FLOAT, 1)
    vtk_to_numpy(image.GetPointData().GetScalars())[:] = coarse.array.ravel()
    surface, turn, ras = vtk.vtkFlyingEdges3D(), vtk.vtkTransform(), vtk.vtkTransformPolyDataFilter()
    surface.SetInputData(image)
    surface.SetValue(0, BONE_HU)
    surface.ComputeScalarsOff()
    turn.Scale(-1, -1, 1)
    ras.SetTransform(turn)
    ras.SetInputConnection(surface.GetOutputPort())
    ras.Update()
    return ras.GetOutput()
