"""DICOM CT series: finding the files, choosing the series, stacking its slices and reading their HU."""

from icac.ct.dicom.series import SeriesInfo, find_series, list_series
from icac.ct.dicom.stack import read_stack

__all__ = ["SeriesInfo", "find_series", "list_series", "read_stack"]
