"""What a run hands over: a folder with the mask, a Slicer segmentation, a table, a record and a picture."""

from icac.report.folder import check_writable, write_results
from icac.report.report import Report
from icac.result import ModelIdentity, SegmentedScan

#: What version 1.0 calls a segmented scan.
ReportContent = SegmentedScan

__all__ = ["ModelIdentity", "Report", "ReportContent", "check_writable", "write_results"]
