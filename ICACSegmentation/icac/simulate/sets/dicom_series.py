"""Writing a simulated CT as a DICOM series: one CT image a slice, at its true position, and no patient."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

from icac import __version__
from icac.simulate.scanner.slices import Slices

#: Stored values are HU + 1024, unsigned, as most scanners write them.
INTERCEPT = -1024


def write_series(folder: Path, slices: Slices, name: str, identity: str, **elements: object) -> None:
    """Write CT Image Storage files ``0001.dcm`` and so on.

    Parameters
    ----------
    folder : Path
        Must exist and be empty.
    slices : Slices
    name : str
        Name of the case, used as patient ID and in the name ``SIMULATED^<name>``.
    identity : str
        Makes the UIDs: the same text gives the same UIDs.
    **elements
        More DICOM elements by keyword, such as ``KVP=120``.

    """
    study, series, space = (generate_uid(entropy_srcs=[identity, part]) for part in ("study", "series", "frame"))
    for number in range(1, len(slices.hu) + 1):
        data = _image(slices, number - 1)
        data.PatientName, data.PatientID = f"SIMULATED^{name}", name
        data.StudyInstanceUID, data.SeriesInstanceUID, data.FrameOfReferenceUID = study, series, space
        data.SOPInstanceUID = generate_uid(entropy_srcs=[identity, str(number)])
        data.InstanceNumber = number
        for keyword, value in elements.items():
            setattr(data, keyword, value)
        data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
        _save(folder / f"{number:04d}.dcm", data)


def _image(slices: Slices, number: int) -> Dataset:
    plane, position = slices.hu[number], slices.positions[number]
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID = CTImageStorage
    data.ImageType, data.Modality = ["ORIGINAL", "PRIMARY", "AXIAL"], "CT"
    data.Manufacturer, data.ManufacturerModelName = "icac simulation", "simulated scanner"
    data.SoftwareVersions, data.BodyPartExamined = f"icac {__version__}", "HEAD"
    data.PatientIdentityRemoved, data.DeidentificationMethod = "YES", "Simulated; there is no patient."
    data.StudyID, data.SeriesNumber, data.AcquisitionNumber = "1", 1, 1
    data.PatientBirthDate = data.PatientSex = data.StudyDate = data.StudyTime = ""
    data.AccessionNumber = data.ReferringPhysicianName = data.PositionReferenceIndicator = ""
    data.PatientPosition = "HFS"
    data.ImagePositionPatient = [_decimal(v) for v in position]
    data.ImageOrientationPatient = [_decimal(v) for v in slices.orientation.ravel()]
    data.PixelSpacing = [_decimal(v) for v in slices.spacing[::-1]]
    data.SliceThickness = _decimal(slices.thickness_mm[number])
    data.SliceLocation = _decimal(position @ slices.axes[:, 2])
    data.Rows, data.Columns = plane.shape
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, 16, 15, 0
    data.RescaleIntercept, data.RescaleSlope, data.RescaleType = INTERCEPT, 1, "HU"
    data.WindowCenter, data.WindowWidth = 40, 400
    data.PixelData = np.clip(np.rint(plane) - INTERCEPT, 0, 65535).astype("<u2").tobytes()
    return data


def _decimal(value: float) -> str:
    """Return a number as a DICOM decimal string, at most 16 characters."""
    return f"{value:.8f}"[:16]


def _save(path: Path, data: Dataset) -> None:
    if int(pydicom.__version__.split(".")[0]) >= 3:
        pydicom.dcmwrite(path, data, enforce_file_format=True)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data.is_little_endian, data.is_implicit_VR = True, False
        pydicom.dcmwrite(path, data, write_like_original=False)
