"""Reading, checking and writing CT: DICOM, NIfTI, NRRD and MetaImage in, HU on a frame that is true to the patient.

The readers import pydicom and SimpleITK only when they are used.
"""

from icac.ct.check import check_ct
from icac.ct.read import list_series, rank_series, read_ct
from icac.ct.scan import CTScan
from icac.ct.write import write_volume

__all__ = ["CTScan", "check_ct", "list_series", "rank_series", "read_ct", "write_volume"]
