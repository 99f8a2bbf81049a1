"""DICOM CT series: finding the files, choosing the series, stacking its slices and reading their HU."""

from icac.ct.dicom.series import find_series, list_series, rank_series
from icac.ct.dicom.stack import read_stack

__all__ = ["find_series", "list_series", "rank_series", "read_stack"]
