"""Results as DICOM, for the archive that holds the scan: a segmentation, a structured report, and pictures.

After DICOM PS3.3 A.51 (Segmentation), A.35 (structured reports) with PS3.16 TID 1500 (Measurement Report), and PS3.3
A.8 (Secondary Capture), made with highdicom. Everything is filed with the patient and the study of the scan, in series
of its own.
"""

from icac.report.dicom.made_by import Origin
from icac.report.dicom.possible import refuse_impossible
from icac.report.dicom.write import write_dicom_folder

__all__ = ["Origin", "refuse_impossible", "write_dicom_folder"]
