"""DICOM headers: which files of a folder are images, and what their headers say of each slice."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.uid import DeflatedExplicitVRLittleEndian

ENHANCED_CT = "1.2.840.10008.5.1.4.1.1.2.1"
LEGACY_ENHANCED_CT = "1.2.840.10008.5.1.4.1.1.2.2"
CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"
CT_CLASSES = (CT_IMAGE, ENHANCED_CT, LEGACY_ENHANCED_CT)

#: Only these elements are read; names and dates of the patient are not among them.
TAGS = [
    "SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "SeriesNumber", "Modality",
    "SeriesDescription", "StudyDescription", "ProtocolName", "BodyPartExamined", "ImageType", "Manufacturer",
    "ManufacturerModelName", "ConvolutionKernel", "KVP", "Exposure", "SliceThickness", "ContrastBolusAgent",
    "AcquisitionNumber", "InstanceNumber", "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing",
    "Rows", "Columns", "NumberOfFrames", "SamplesPerPixel", "PhotometricInterpretation", "BitsAllocated",
    "BitsStored", "HighBit", "PixelRepresentation", "PixelPaddingValue", "PixelPaddingRangeLimit",
    "RescaleSlope", "RescaleIntercept", "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence",
    "ContrastBolusAgentSequence",
]


@dataclass(frozen=True, eq=False)
class DicomFile:
    """The header of one DICOM image file, and where its pixels begin.

    Attributes
    ----------
    path : pathlib.Path
    header : pydicom.Dataset
        The elements of `TAGS` that the file has, and the file meta information.
    pixel_offset : int or None
        Position in the file of the pixel data element; None if the bytes cannot be read in place (deflated).

    """

    path: Path
    header: Dataset
    pixel_offset: int | None

    def text(self, keyword: str) -> str:
        """Return an element as text, empty if it is missing; several values are joined by a backslash."""
        value = self.header.get(keyword)
        if value is None:
            return ""
        if isinstance(value, (list, pydicom.multival.MultiValue)):
            return "\\".join(str(v) for v in value)
        return str(value).strip()

    @property
    def series_uid(self) -> str:
        """Series Instance UID."""
        return self.text("SeriesInstanceUID")


@dataclass(frozen=True, eq=False)
class Slice:
    """One slice: a classic file, or a frame of a multi-frame file.

    Attributes
    ----------
    file : DicomFile
    frame : int
        Index of the frame in the file; 0 in a classic file.
    position : numpy.ndarray or None
        LPS of the centre of the first voxel, mm.
    orientation : numpy.ndarray or None
        2 x 3; unit LPS vectors along a row (to the next column) and along a column (to the next row).
    spacing : tuple of float or None
        Distances in mm between columns and between rows: (x, y).
    thickness : float or None
        mm.
    slope, intercept : float
        HU = slope * stored value + intercept.
    kernel, image_type : str

    """

    file: DicomFile
    frame: int
    position: np.ndarray | None
    orientation: np.ndarray | None
    spacing: tuple[float, float] | None
    thickness: float | None
    slope: float
    intercept: float
    kernel: str
    image_type: str

    @property
    def has_geometry(self) -> bool:
        """Tell whether the header places the slice in the patient."""
        return self.position is not None and self.orientation is not None and self.spacing is not None

    @property
    def geometry(self) -> tuple[np.ndarray, np.ndarray, tuple[float, float]]:
        """Position, orientation and spacing of a slice that :attr:`has_geometry`; ValueError for another."""
        if self.position is None or self.orientation is None or self.spacing is None:
            raise ValueError("The header does not place this slice in the patient.")
        return self.position, self.orientation, self.spacing

    @property
    def normal(self) -> np.ndarray:
        """Unit LPS vector across the slice."""
        across, down = self.geometry[1]
        return np.cross(across, down)


def scan_folder(folder: Path) -> Iterator[DicomFile]:
    """Yield the DICOM images in a folder and its subfolders, in the order of their names; skip all other files."""
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            file = read_header(Path(parent, name))
            if file is not None:
                yield file


def read_header(path: Path) -> DicomFile | None:
    """Read the header of a DICOM image; None if the file is no DICOM image."""
    try:
        # Vendors write values that break the standard's form; they are still readable.
        with warnings.catch_warnings(), open(path, "rb") as stream:
            warnings.simplefilter("ignore")
            start = stream.read(132)
            stream.seek(0)
            if start[128:132] != b"DICM" and start[:2] != b"\x08\x00":  # the latter: no preamble, as old exports
                return None
            header = pydicom.dcmread(stream, force=True, stop_before_pixels=True, specific_tags=TAGS)
            offset = stream.tell()
            if "Rows" not in header or "SOPClassUID" not in header:
                return None
    except (OSError, InvalidDicomError, ValueError, KeyError, AttributeError, NotImplementedError, EOFError):
        return None
    deflated = transfer_syntax(header) == DeflatedExplicitVRLittleEndian
    return DicomFile(path, header, None if deflated else offset)


def transfer_syntax(header: Dataset) -> pydicom.uid.UID:
    """Return the transfer syntax; implicit little endian, DICOM's default, if the file does not tell."""
    meta = getattr(header, "file_meta", None)
    return pydicom.uid.UID(getattr(meta, "TransferSyntaxUID", pydicom.uid.ImplicitVRLittleEndian))


def slices_of(file: DicomFile) -> list[Slice]:
    """Return the slices of a file.

    Raises
    ------
    ValueError
        A value of the header is not a number.

    """
    frames = file.header.get("PerFrameFunctionalGroupsSequence")
    if not frames:
        return [_make_slice(file, 0, [file.header])]
    shared = list(file.header.get("SharedFunctionalGroupsSequence") or [])
    return [_make_slice(file, n, [*_macros([frame, *shared]), file.header]) for n, frame in enumerate(frames)]


def _macros(groups: list[Dataset]) -> list[Dataset]:
    """Return the datasets inside functional groups (PS3.3 C.7.6.16), those of the frame first."""
    return [item for group in groups for element in group if element.VR == "SQ" for item in element.value]


def _make_slice(file: DicomFile, frame: int, sources: list[Dataset]) -> Slice:
    """Gather a slice from the first source that has each element."""
    def find(*keywords: str) -> Any:
        found = (source.get(keyword) for keyword in keywords for source in sources)
        return next((value for value in found if value not in (None, "")), None)

    def numbers(keyword: str, count: int) -> np.ndarray | None:
        value = find(keyword)
        if value is None:
            return None
        array = np.array(value, dtype=float).ravel()
        return array if array.size == count and np.isfinite(array).all() else None

    orientation, spacing = numbers("ImageOrientationPatient", 6), numbers("PixelSpacing", 2)
    thickness, slope, intercept = (numbers(k, 1) for k in ("SliceThickness", "RescaleSlope", "RescaleIntercept"))
    kind = find("FrameType", "ImageType") or ""
    kernel = find("ConvolutionKernel") or ""
    return Slice(
        file, frame, numbers("ImagePositionPatient", 3), _unit_axes(orientation),
        None if spacing is None or spacing.min() <= 0 else (float(spacing[1]), float(spacing[0])),
        None if thickness is None or thickness[0] <= 0 else float(thickness[0]),
        1.0 if slope is None else float(slope[0]), 0.0 if intercept is None else float(intercept[0]),
        *("\\".join(map(str, v)) if not isinstance(v, str) else v for v in (kernel, kind)))


def _unit_axes(orientation: np.ndarray | None) -> np.ndarray | None:
    """Turn six direction cosines, rounded as headers have them, into two exactly orthonormal rows."""
    if orientation is None:
        return None
    row, column = orientation.reshape(2, 3)
    lengths = np.linalg.norm(row), np.linalg.norm(column)
    if min(lengths) < 0.9 or abs(row @ column) > 0.01:
        return None
    row = row / lengths[0]
    column = column - (column @ row) * row
    return np.array([row, column / np.linalg.norm(column)])
