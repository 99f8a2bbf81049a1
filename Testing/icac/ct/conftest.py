"""DICOM series and heads that are made by the tests themselves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest
from icac.geometry import Frame, Volume
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

AXIAL = np.array([[1.0, 0, 0], [0, 1, 0]])


def make_dataset(hu: np.ndarray, position, orientation=AXIAL, spacing=(0.7, 0.5), **elements) -> Dataset:
    """One classic CT image of HU (rows, columns); spacing is (between columns, between rows)."""
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID = CTImageStorage
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID = generate_uid()
    data.StudyInstanceUID, data.SeriesInstanceUID, data.Modality = "1.2.3", "1.2.3.4", "CT"
    data.PatientName, data.PatientID, data.PatientBirthDate = "Secret^Name", "SECRET-ID", "19500101"
    data.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    data.SeriesNumber, data.SeriesDescription, data.SliceThickness = 3, "Head thin", 1.0
    data.ImagePositionPatient = [f"{v:.7g}" for v in position]
    data.ImageOrientationPatient = [f"{v:.9g}" for v in np.ravel(orientation)]
    data.PixelSpacing = [spacing[1], spacing[0]]
    data.Rows, data.Columns = hu.shape
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, 16, 15, 0
    data.RescaleSlope, data.RescaleIntercept = 1, -1024
    for keyword, value in elements.items():
        setattr(data, keyword, value)
    stored = np.rint((hu - float(data.RescaleIntercept)) / float(data.RescaleSlope))
    data.PixelData = stored.astype("<i2" if data.PixelRepresentation else "<u2").tobytes()
    return data


@pytest.fixture
def dataset():
    return make_dataset


@pytest.fixture(scope="session")
def save():
    def write(data: Dataset, path: Path) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        pydicom.dcmwrite(path, data, enforce_file_format=True)
        return path

    return write


@pytest.fixture(scope="session")
def make_series(save):
    """Write slices of a function of LPS points; the names are not in the order of the slices."""
    def write(folder: Path, function, positions, *, orientation=AXIAL, spacing=(0.7, 0.5), shape=(20, 24),
              **elements) -> Path:
        rows, columns = np.indices(shape)
        for n, position in enumerate(np.asarray(positions, dtype=float)):
            points = position + columns[..., None] * spacing[0] * orientation[0] + \
                rows[..., None] * spacing[1] * orientation[1]
            data = make_dataset(np.rint(function(points)), position, orientation, spacing, **elements)
            save(data, folder / f"{(n * 7919) % 1009:04d}.dcm")
        return folder

    return write


@pytest.fixture
def stack_of_heights():
    """Positions of slices at these heights."""
    return lambda heights: [(-8.0, -5.0, z) for z in heights]


@pytest.fixture(scope="session")
def head() -> Volume:
    """A head of ellipsoids in air, tilted to the left: skin, skull, brain, and noise. 1 x 1 x 2 mm."""
    frame = Frame.regular((1.0, 1.0, 2.0), (190, 220, 80), center=(4, -6, 20))
    z, y, x = (frame.to_lps(np.moveaxis(np.indices(frame.size), 0, -1)).transpose(3, 2, 1, 0))[::-1]
    radius = np.sqrt(((x - 0.1 * z) / 76) ** 2 + (y / 94) ** 2 + (z / 88) ** 2)
    hu = np.select([radius < 0.9, radius < 0.97, radius < 1.03], [35.0, 900.0, 30.0], -1000.0)
    noise = np.random.default_rng(5).normal(0, 12, hu.shape)
    return Volume(np.rint(hu + noise).clip(-1024).astype(np.int16), frame)
