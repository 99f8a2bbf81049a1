from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pydicom
import pytest
from icac.ct.write import write_volume
from icac.geometry import Frame, Volume
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

#: Asymmetric, so that no axis can be taken for another.
FRAME = Frame.regular((0.5, 0.6, 1.5), (9, 8, 10), center=(3.0, -4.0, 5.0))


@pytest.fixture
def frame() -> Frame:
    return FRAME


@pytest.fixture
def make_scan():
    """Write an image file, CT or mask; its folders are made."""
    def make(path: Path) -> Path:
        return write_volume(Volume(np.zeros(FRAME.shape, np.int16), FRAME), path)

    return make


@pytest.fixture
def make_result():
    """Make a folder as ``icac segment`` writes it, as far as it matters for finding it."""
    def make(folder: Path, scan: str = "") -> Path:
        folder.mkdir(parents=True)
        (folder / "report.json").write_text(json.dumps({"input": {"path": scan}}))
        for name in ("icac.nii.gz", "probability.nii.gz", "ct_resampled.nii.gz"):
            (folder / name).touch()
        return folder

    return make


@pytest.fixture
def make_series():
    """Write the headers of a DICOM series."""
    def make(folder: Path, slices: int = 10, uid: str | None = None, prefix: str = "im", **elements: object) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        uid = uid or generate_uid()
        for number in range(slices):
            meta = FileMetaDataset()
            meta.TransferSyntaxUID = ExplicitVRLittleEndian
            meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
            meta.MediaStorageSOPInstanceUID = generate_uid()
            header = pydicom.Dataset()
            header.file_meta = meta
            header.SOPClassUID = meta.MediaStorageSOPClassUID
            header.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
            header.SeriesInstanceUID = uid
            header.Modality = "CT"
            header.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
            header.Rows = header.Columns = 2
            header.ImagePositionPatient = [0, 0, number]
            header.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
            header.PixelSpacing = [1, 1]
            header.update({pydicom.datadict.tag_for_keyword(name): pydicom.DataElement(
                pydicom.datadict.tag_for_keyword(name), pydicom.datadict.dictionary_VR(name), value)
                for name, value in elements.items()})
            pydicom.dcmwrite(folder / f"{prefix}{number:03d}", header, enforce_file_format=True)
        return folder

    return make


@pytest.fixture
def make_dicom_region():
    """Write the header of a DICOM segmentation of a series."""
    def make(path: Path, drawn_on: str) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        header = pydicom.Dataset()
        header.file_meta = FileMetaDataset()
        header.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        header.SOPClassUID = header.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.66.4"
        header.SOPInstanceUID = header.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        header.SeriesInstanceUID, header.Modality, header.Rows, header.Columns = generate_uid(), "SEG", 2, 2
        series = pydicom.Dataset()
        series.SeriesInstanceUID = drawn_on
        header.ReferencedSeriesSequence = [series]
        pydicom.dcmwrite(path, header, enforce_file_format=True)
        return path

    return make


@pytest.fixture
def cases(tmp_path, make_scan) -> Path:
    """A folder of five cases, four of them with a region."""
    folder = tmp_path / "cases"
    for name in "abcde":
        make_scan(folder / f"{name}_ct.nii.gz")
        if name != "e":
            make_scan(folder / f"{name}_roi.nii.gz")
    return folder
