"""DICOM SEG, where this Slicer can write it: 5.12 and later, or earlier with the extension QuantitativeReporting."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import slicer
from slicer.i18n import tr as _

from ICACSegmentationLib.scene.dicom_database import instance_uids
from ICACSegmentationLib.scene.nodes import ct_of

PLUGIN = "DICOMSegmentationPlugin"


def why_not(segmentation) -> str:
    """Return why a segmentation cannot be exported as DICOM SEG, as a sentence; empty if it can."""
    if importlib.util.find_spec(PLUGIN) is None:
        return _("This Slicer cannot write DICOM SEG; Slicer 5.12 can.")
    ct = ct_of(segmentation)
    if ct is None or not instance_uids(ct):
        return _("DICOM SEG needs a CT that was loaded from the DICOM database.")
    return ""


def set_algorithm(segmentation, session, report) -> None:
    """Say in the segments how they were made: automatically, or semiautomatically after corrections."""
    from icac.review.corrected import algorithm_type

    segments = segmentation.GetSegmentation()
    for number in range(segments.GetNumberOfSegments()):
        segment = segments.GetNthSegment(number)
        segment.SetTag("DICOM.SegmentAlgorithmType", algorithm_type(session))
        segment.SetTag("DICOM.SegmentAlgorithmName", report.algorithm_name)


def write_dicom(segmentation, session, report, folder: Path) -> None:
    """Write a segmentation as DICOM SEG into a folder; Slicer also puts it into its database.

    Raises
    ------
    icac.errors.OutputError
        With the reason, if it cannot be written.

    """
    from icac.errors import OutputError

    reason = why_not(segmentation)
    if reason:
        raise OutputError(reason)
    set_algorithm(segmentation, session, report)
    plugin = importlib.import_module(PLUGIN).DICOMSegmentationPluginClass()
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    exportables = plugin.examineForExport(hierarchy.GetItemByDataNode(segmentation))
    for exportable in exportables:
        exportable.directory = str(folder)
    message = plugin.export(exportables) if exportables else _("Slicer does not offer this segmentation for export.")
    if message:
        raise OutputError(message)
