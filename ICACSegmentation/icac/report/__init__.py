"""What a run hands over: a folder with the mask, a Slicer segmentation, a table, a record and a picture."""

from icac.report.content import ModelIdentity, ReportContent
from icac.report.folder import check_writable, write_results

__all__ = ["ModelIdentity", "ReportContent", "check_writable", "write_results"]
