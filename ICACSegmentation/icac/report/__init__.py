"""What a run hands over: a folder with the mask, a Slicer segmentation, a table, a record and a picture."""

from icac.report.content import ModelIdentity, ReportContent
from icac.report.folder import write_results

__all__ = ["ModelIdentity", "ReportContent", "write_results"]
