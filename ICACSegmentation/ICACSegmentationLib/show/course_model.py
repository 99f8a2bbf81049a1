"""The expected course of the carotid arteries as a translucent tube, coloured by segment."""

from __future__ import annotations

import numpy as np
import slicer
import vtk
from slicer.i18n import tr as _
from vtk.util.numpy_support import numpy_to_vtk

from ICACSegmentationLib.common.colors import SEGMENTS
from ICACSegmentationLib.result.data import courses_of

#: Role under which a segmentation refers to the model of its courses.
COURSE_ROLE = "ICAC.course"

#: How much of what lies behind the artery is hidden.
OPACITY = 0.35

#: Entries and singleton tag of the colour table.
_COLORS, _TAG = 8, "ICACSegments"

#: Corners of the tube's section.
SIDES = 16


def course_model(segmentation: slicer.vtkMRMLSegmentationNode) -> slicer.vtkMRMLModelNode:
    """Return the model of the carotid courses of a result, made if there is none."""
    found = segmentation.GetNodeReference(COURSE_ROLE)
    if found:
        return found
    name = _("{name} carotid course").format(name=segmentation.GetName())
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLModelNode", name)
    node.SetAndObservePolyData(courses_polydata(courses_of(segmentation)))
    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    display.SetScalarVisibility(True)
    display.SetActiveScalarName("segment")
    display.SetAndObserveColorNodeID(_segment_colors().GetID())
    display.SetScalarRangeFlag(slicer.vtkMRMLDisplayNode.UseManualScalarRange)
    display.SetScalarRange(0, _COLORS - 1)
    display.SetOpacity(OPACITY)
    display.SetBackfaceCulling(False)
    display.SetVisibility2D(False)
    display.SetSliceIntersectionThickness(1)
    segmentation.SetNodeReferenceID(COURSE_ROLE, node.GetID())
    return node


def _segment_colors():
    """Return the colour table of the segments, made if there is none: entry 2 is C2."""
    from icac.anatomy import SEGMENTS as NUMBERS

    node = slicer.mrmlScene.GetSingletonNode(_TAG, "vtkMRMLColorTableNode")
    if node:
        return node
    node = slicer.vtkMRMLColorTableNode()
    node.SetSingletonTag(_TAG)
    node.SetName("ICA segments")
    node.SetTypeToUser()
    node.SetNumberOfColors(_COLORS)
    for segment in NUMBERS:
        node.SetColor(int(segment), f"{segment.name} {segment.title}", *SEGMENTS[segment.name])
    return slicer.mrmlScene.AddNode(node)


def courses_polydata(courses) -> vtk.vtkPolyData:
    """Return tubes in RAS mm as wide as the arteries, with the number of the segment as point data "segment"."""
    both = vtk.vtkAppendPolyData()
    for course in courses.values():
        both.AddInputData(_tube(course))
    both.Update()
    return both.GetOutput()


def _tube(course) -> vtk.vtkPolyData:
    from icac.geometry import lps_to_ras

    points, line = vtk.vtkPoints(), vtk.vtkCellArray()
    points.SetData(numpy_to_vtk(np.ascontiguousarray(lps_to_ras(course.points)), deep=True))
    line.InsertNextCell(len(course.points), range(len(course.points)))
    data = vtk.vtkPolyData()
    data.SetPoints(points)
    data.SetLines(line)
    for name, values in (("radius", course.radius_mm), ("segment", course.segment)):
        array = numpy_to_vtk(np.ascontiguousarray(values, dtype=float), deep=True)
        array.SetName(name)
        data.GetPointData().AddArray(array)
    data.GetPointData().SetActiveScalars("radius")
    tube = vtk.vtkTubeFilter()
    tube.SetInputData(data)
    tube.SetVaryRadiusToVaryRadiusByAbsoluteScalar()
    tube.SetNumberOfSides(SIDES)
    tube.CappingOn()
    tube.Update()
    tube.GetOutput().GetPointData().SetActiveScalars("segment")
    return tube.GetOutput()


def legend_html() -> str:
    """Return the names of the segments beside their colours, as rich text."""
    from icac.anatomy import SEGMENTS as NUMBERS

    parts = []
    for segment in NUMBERS:
        color = "#{:02x}{:02x}{:02x}".format(*(round(255 * channel) for channel in SEGMENTS[segment.name]))
        parts.append(f'<span style="color:{color}">■</span>&nbsp;{segment.name}&nbsp;{segment.title}')
    return " &nbsp;".join(parts)
