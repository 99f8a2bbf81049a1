"""The lesions of a result as a table in the scene."""

from __future__ import annotations

from typing import TYPE_CHECKING

import slicer
import vtk
from slicer.i18n import tr as _

if TYPE_CHECKING:
    from icac.review import ReviewSession

#: Role under which a segmentation refers to its table.
TABLE_ROLE = "ICAC.table"


def lesion_table(segmentation: slicer.vtkMRMLSegmentationNode, session: ReviewSession) -> slicer.vtkMRMLTableNode:
    """Return the table node of a result, filled with its lesions as they are now; made if there is none."""
    from icac.review.corrected import CORRECTED_COLUMNS, corrected_rows

    node = segmentation.GetNodeReference(TABLE_ROLE)
    if node is None:
        name = _("{name} lesions").format(name=segmentation.GetName())
        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTableNode", name)
        segmentation.SetNodeReferenceID(TABLE_ROLE, node.GetID())
    rows = corrected_rows(session)
    node.RemoveAllColumns()
    for column in CORRECTED_COLUMNS:
        node.AddColumn(_column(column, [row[column] for row in rows]))
    return node


def _column(name: str, values: list):
    numeric = all(isinstance(value, (int, float)) for value in values) and bool(values)
    array = vtk.vtkDoubleArray() if numeric else vtk.vtkStringArray()
    array.SetName(name)
    for value in values:
        array.InsertNextValue(value if numeric else "" if value is None else str(value))
    return array
