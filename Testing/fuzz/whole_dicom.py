"""Whole DICOM inputs before the damage; sequences have no length of their own, so that damage within leaves them whole.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    UID,
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    EnhancedCTImageStorage,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    RLELossless,
    SegmentationStorage,
    generate_uid,
)

from Testing.fuzz.whole_images import FRAME, small_ct, small_mask

#: Slices: more than the fewest of a series that is chosen by itself.
SLICES = 9


def write_series(folder: Path, syntax: UID = ExplicitVRLittleEndian) -> Path:
    """Write one file a slice."""
    folder.mkdir()
    for number in range(SLICES):
        _save(_slice(number, syntax), folder / f"{number:02d}.dcm", syntax)
    return folder


def write_deflated(folder: Path) -> Path:
    """Write a series whose headers and pixels are deflated."""
    return write_series(folder, DeflatedExplicitVRLittleEndian)


def write_rle(folder: Path) -> Path:
    """Write a series compressed by run lengths."""
    return write_series(folder, RLELossless)


def write_jpeg2000(folder: Path) -> Path:
    """Write a series compressed with JPEG 2000."""
    return write_series(folder, JPEG2000Lossless)


def write_enhanced(path: Path) -> Path:
    """Write all slices as frames of one file."""
    data = _image(EnhancedCTImageStorage, small_ct().array[:SLICES])
    data.NumberOfFrames = SLICES
    every = _group(PixelMeasuresSequence={"PixelSpacing": _spacing(), "SliceThickness": 2.5},
                   PlaneOrientationSequence={"ImageOrientationPatient": _orientation()},
                   PixelValueTransformationSequence={"RescaleSlope": 1, "RescaleIntercept": -1024})
    data.SharedFunctionalGroupsSequence = [every]
    data.PerFrameFunctionalGroupsSequence = [
        _group(PlanePositionSequence={"ImagePositionPatient": _position(number)}) for number in range(SLICES)]
    return _save(data, path, ExplicitVRLittleEndian)


def write_seg(path: Path) -> Path:
    """Write the lesions as a binary DICOM segmentation without its empty slices."""
    mask = small_mask().array
    used = np.flatnonzero(mask.any(axis=(1, 2)))
    data = _image(SegmentationStorage, mask[used])
    data.Modality, data.SegmentationType, data.NumberOfFrames = "SEG", "BINARY", len(used)
    data.BitsAllocated, data.BitsStored, data.HighBit = 1, 1, 0
    packed = np.packbits(mask[used].ravel(), bitorder="little").tobytes()
    data.PixelData = packed + bytes(len(packed) % 2)
    data.SegmentSequence = [_item(SegmentNumber=1, SegmentLabel="ICAC")]
    data.SharedFunctionalGroupsSequence = [
        _group(PixelMeasuresSequence={"PixelSpacing": _spacing(), "SliceThickness": 2.5, "SpacingBetweenSlices": 2.5},
               PlaneOrientationSequence={"ImageOrientationPatient": _orientation()})]
    data.PerFrameFunctionalGroupsSequence = [
        _group(SegmentIdentificationSequence={"ReferencedSegmentNumber": 1},
               PlanePositionSequence={"ImagePositionPatient": _position(number)}) for number in used]
    return _save(data, path, ExplicitVRLittleEndian)


def _slice(number: int, syntax: UID) -> Dataset:
    data = _image(CTImageStorage, small_ct().array[number])
    data.InstanceNumber, data.SliceThickness = number + 1, 2.5
    data.ImagePositionPatient, data.ImageOrientationPatient = _position(number), _orientation()
    data.PixelSpacing, data.RescaleSlope, data.RescaleIntercept = _spacing(), 1, -1024
    data.SOPInstanceUID = generate_uid(entropy_srcs=["slice", str(number)])
    if syntax == RLELossless:
        data.compress(RLELossless, encoding_plugin="pydicom")
    elif syntax == JPEG2000Lossless:
        data.PixelData = encapsulate([_jpeg2000(small_ct().array[number])])
        data["PixelData"].is_undefined_length = True
    return data


def _image(kind: UID, values: np.ndarray) -> Dataset:
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.SOPClassUID, data.SOPInstanceUID = kind, generate_uid(entropy_srcs=[str(kind)])
    data.StudyInstanceUID, data.SeriesInstanceUID, data.FrameOfReferenceUID = "1.2.3", "1.2.3.4", "1.2.3.5"
    data.ImageType, data.Modality, data.PatientID = ["ORIGINAL", "PRIMARY", "AXIAL"], "CT", "1"
    data.SeriesNumber, data.SeriesDescription, data.KVP, data.ConvolutionKernel = 3, "Head thin", 120, "H31s"
    data.Rows, data.Columns = values.shape[-2:]
    data.SamplesPerPixel, data.PhotometricInterpretation, data.PixelRepresentation = 1, "MONOCHROME2", 0
    data.BitsAllocated, data.BitsStored, data.HighBit = 16, 12, 11
    data.PixelPaddingValue = 0
    data.PixelData = (values.astype(np.int32) + 1024).astype("<u2").tobytes()
    return data


def _jpeg2000(hu: np.ndarray) -> bytes:
    """Return one slice as a JPEG 2000 image of 16 bits."""
    from io import BytesIO

    from PIL import Image

    stream = BytesIO()
    Image.fromarray((hu.astype(np.int32) + 1024).astype(np.uint16)).save(stream, "JPEG2000", irreversible=False,
                                                                         no_jp2=True)
    return stream.getvalue()


def _group(**macros: dict[str, object]) -> Dataset:
    return _item(**{name: [_item(**values)] for name, values in macros.items()})


def _item(**elements: object) -> Dataset:
    item = Dataset()
    item.is_undefined_length_sequence_item = True
    for keyword, value in elements.items():
        setattr(item, keyword, value)
    return item


def _position(number: int) -> list[str]:
    return [f"{v:.6f}" for v in FRAME.to_lps(np.array([0, 0, number]))]


def _orientation() -> list[str]:
    return [f"{v:.6f}" for v in FRAME.direction[:, :2].T.ravel()]


def _spacing() -> list[float]:
    return [float(FRAME.spacing[1]), float(FRAME.spacing[0])]


def _save(data: Dataset, path: Path, syntax: UID) -> Path:
    data.file_meta.TransferSyntaxUID = syntax
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
    for element in data.iterall():
        if element.VR == "SQ":
            element.is_undefined_length = True
    pydicom.dcmwrite(path, data, enforce_file_format=True)
    return path
