"""DICOM headers: which files of a folder are images, and what their headers say of each slice."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import BufferedIOBase, BytesIO
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.uid import UID

from icac.ct.dicom.deflated import inflated, is_deflated
from icac.ct.dicom.header_values import BadValueError, as_numbers, text_of, value_of
from icac.ct.dicom.pixel_format import PixelFormat, pixel_format
from icac.ct.dicom.unread import UnreadFile
from icac.files import walk
from icac.files.bounded import BoundedFile, in_memory
from icac.geometry import FARTHEST_MM

#: Elements that tell the day of a scan, the best first.
DATES = ("AcquisitionDateTime", "AcquisitionDate", "SeriesDate", "StudyDate", "ContentDate")

ENHANCED_CT = "1.2.840.10008.5.1.4.1.1.2.1"
LEGACY_ENHANCED_CT = "1.2.840.10008.5.1.4.1.1.2.2"
CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"
CT_CLASSES = (CT_IMAGE, ENHANCED_CT, LEGACY_ENHANCED_CT)

#: Only these elements are read; names and dates of the patient are not among them. The patient's number only tells
#: whether all slices, or two scans, are of one patient, the time of acquisition whether two series are of one
#: examination.
TAGS = [
    "PatientID", "FrameOfReferenceUID", *DATES,
    "SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "SeriesNumber", "Modality",
    "SeriesDescription", "StudyDescription", "ProtocolName", "BodyPartExamined", "ImageType", "Manufacturer",
    "ManufacturerModelName", "ConvolutionKernel", "KVP", "Exposure", "SliceThickness", "ContrastBolusAgent",
    "AcquisitionNumber", "InstanceNumber", "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing",
    "Rows", "Columns", "NumberOfFrames", "SamplesPerPixel", "PhotometricInterpretation", "BitsAllocated",
    "BitsStored", "HighBit", "PixelRepresentation", "PixelPaddingValue", "PixelPaddingRangeLimit",
    "RescaleSlope", "RescaleIntercept", "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence",
    "ContrastBolusAgentSequence", "AcquisitionTime", "LossyImageCompression", "LossyImageCompressionRatio",
    "RescaleType",
]


#: The file meta information of a file without any.
_NOTHING = Dataset()

#: The tag of the pixels, in either order of bytes.
PIXELS = b"\xe0\x7f\x10\x00", b"\x7f\xe0\x00\x10"

#: Few headers are longer; and so many bytes tell what a file is that is no DICOM.
_HEADER_BYTES, _SEEN = 1 << 16, 1024

#: Largest values that make sense: of distances in mm, of direction cosines, and of the rescale.
_MOST_SPACING_MM, _MOST_COSINE, _MOST_SLOPE, _MOST_INTERCEPT = 20.0, 1.1, 1e3, 1e5


@dataclass(frozen=True, eq=False)
class DicomFile:
    """The header of one DICOM image file, and where its pixels begin.

    Attributes
    ----------
    path : pathlib.Path
    header : pydicom.Dataset
        The elements of `TAGS` that the file has, and the file meta information.
    pixel_offset : int
        Position in the file, inflated if it is deflated, of the pixel data element.
    deflated : bool

    """

    path: Path
    header: Dataset
    pixel_offset: int
    deflated: bool

    def text(self, keyword: str) -> str:
        """Return an element as text, empty if it is missing; several values are joined by a backslash."""
        return text_of(self.header, keyword)

    @cached_property
    def series_uid(self) -> str:
        """Series Instance UID."""
        return self.text("SeriesInstanceUID")

    @property
    def modality(self) -> str:
        """Modality as the standard writes it; that of the class of the object where the element is missing."""
        stated = self.text("Modality").split("\\")[0].upper()
        return stated or ("CT" if self.text("SOPClassUID") in CT_CLASSES else "")

    @property
    def is_multiframe(self) -> bool:
        """Whether its kind is one of files of several frames, even if it has one."""
        return self.text("SOPClassUID") in (ENHANCED_CT, LEGACY_ENHANCED_CT)

    @cached_property
    def pixels(self) -> PixelFormat:
        """How the pixels are stored.

        Raises
        ------
        BadValueError
            The header does not say it.

        """
        return pixel_format(self.header)


class Geometry(NamedTuple):
    """Where a slice lies; as the attributes of :class:`Slice`, but known."""

    position: np.ndarray
    orientation: np.ndarray
    spacing: tuple[float, float]


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
    kernel, image_type, acquisition, voltage : str
        Empty where unknown.
    unit : str
        What the values are after the rescale, where the header names it: HU, or anything else.
    has_intercept : bool
        Whether the header tells the intercept.

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
    acquisition: str
    voltage: str = ""
    unit: str = ""
    has_intercept: bool = True

    @property
    def has_geometry(self) -> bool:
        """Tell whether the header places the slice in the patient."""
        return self.position is not None and self.orientation is not None and self.spacing is not None

    @property
    def lacking(self) -> str:
        """What the header does not tell of the place of the slice, in words; empty if it tells all."""
        told = {"Image Position": self.position, "Image Orientation": self.orientation, "Pixel Spacing": self.spacing}
        return " and ".join(f"no {name}" for name, value in told.items() if value is None)

    @property
    def geometry(self) -> Geometry:
        """Where a slice lies that :attr:`has_geometry`; ValueError for another."""
        if self.position is None or self.orientation is None or self.spacing is None:
            raise ValueError("The header does not place this slice in the patient.")
        return Geometry(self.position, self.orientation, self.spacing)

    @cached_property
    def normal(self) -> np.ndarray:
        """Unit LPS vector across the slice."""
        return np.cross(*self.geometry.orientation)


def scan_folder(folder: Path, follow: bool = False) -> Iterator[DicomFile | UnreadFile]:
    """Yield the files in a folder and its subfolders, in the order of their names, but for hidden ones.

    Parameters
    ----------
    folder : pathlib.Path
    follow : bool
        Also what links to other folders lead to; they are named as not read otherwise.

    """
    for visited in walk(folder, follow):
        if visited.error is not None:
            yield UnreadFile(visited.path, "cannot be opened", is_void=True)
        yield from (UnreadFile(visited.path / name, "is a link to another folder, which was not followed", is_void=True)
                    for name in visited.links)
        yield from read_files(visited.path / name for name in visited.files)


def read_files(paths: Iterable[Path]) -> Iterator[DicomFile | UnreadFile]:
    """Yield the headers of DICOM images, and the files that are none but may have been some."""
    return (found for path in paths if (found := _read(path)) is not None)


def read_header(path: Path, more: Sequence[str] = ()) -> DicomFile | None:
    """Read the header of a DICOM image, with ``more`` elements; None if the file is no DICOM image."""
    found = _read(path, more)
    return found if isinstance(found, DicomFile) else None


def _read(path: Path, more: Sequence[str] = ()) -> DicomFile | UnreadFile | None:
    """Read a header; None for what is DICOM but no image, and for what is no file."""
    if not path.is_file():
        leads_nowhere = path.is_symlink() and not path.exists()
        return UnreadFile(path, "is a link to nothing", is_void=True) if leads_nowhere else None
    start = b""
    try:
        # Vendors write values that break the standard's form; they are still readable.
        with warnings.catch_warnings(), BoundedFile(path) as stream:
            warnings.simplefilter("ignore")
            start = stream.read(_HEADER_BYTES)
            if not begins_as_dicom(start):
                start = start[:_SEEN]
                return UnreadFile(path, _what_else(start), is_void=not any(start))
            if is_deflated(start):
                return _image(path, inflated(in_memory(stream)), True, more)
            return _image_that_begins(path, start, more) or _image(path, in_memory(stream), False, more)
    except Exception as error:  # pydicom raises nearly anything for a damaged file
        reason = "cannot be opened" if isinstance(error, OSError) and not start else "is damaged"
        return UnreadFile(path, reason, is_dicom=start[128:132] == b"DICM", is_void=not start)


def begins_as_dicom(start: bytes) -> bool:
    """Tell by its first 132 bytes whether a file is DICOM, with a preamble or, as in old exports, without."""
    return start[128:132] == b"DICM" or start[:2] == b"\x08\x00" or start[:4] == b"\x02\x00\x00\x00"


def _what_else(start: bytes) -> str:
    if not start:
        return "is empty"
    return "is no DICOM file" if any(start) else "holds only zeros"


def _image_that_begins(path: Path, start: bytes, more: Sequence[str]) -> DicomFile | UnreadFile | None:
    """Parse what a file begins with; None unless the pixels begin in it, so that the header is whole."""
    try:
        stream = BytesIO(start)
        found = _image(path, stream, False, more)
        return found if start.startswith(PIXELS, stream.tell()) else None
    except Exception:  # pydicom raises nearly anything where a file ends; the whole of it tells what is wrong
        return None


def _image(path: Path, stream: BinaryIO | BufferedIOBase, deflated: bool, more: Sequence[str]
           ) -> DicomFile | UnreadFile | None:
    """Parse an opened file; None if it is no image."""
    header = pydicom.dcmread(stream, force=True, stop_before_pixels=True, specific_tags=[*TAGS, *more])
    return _checked(DicomFile(path, header, stream.tell(), deflated))


def _checked(file: DicomFile) -> DicomFile | UnreadFile | None:
    """Return a file if it is an image, or what is wrong with it; None if it is none."""
    path, header = file.path, file.header
    stated = text_of(getattr(header, "file_meta", _NOTHING), "MediaStorageSOPClassUID")
    kind = file.text("SOPClassUID")
    if not stated and not kind:
        raise ValueError("no class of any object")
    if (stated or kind) in CT_CLASSES and ("Rows" not in header or kind not in CT_CLASSES):
        return UnreadFile(path, "is cut short: its header is not whole", is_dicom=True)
    return file if "Rows" in header and "SOPClassUID" in header else None


def transfer_syntax(header: Dataset) -> UID:
    """Return the transfer syntax; implicit little endian, DICOM's default, if the file does not tell."""
    return UID(text_of(getattr(header, "file_meta", _NOTHING), "TransferSyntaxUID")
               or pydicom.uid.ImplicitVRLittleEndian)


def slices_of(file: DicomFile) -> list[Slice]:
    """Return the slices of a file.

    Raises
    ------
    BadValueError
        A value of the header cannot be.

    """
    try:
        file.pixels  # noqa: B018  # a file that does not tell its rows and columns is of no use
        frames = value_of(file.header, "PerFrameFunctionalGroupsSequence")
        if not frames:
            return [_make_slice(file, 0, [file.header])]
        shared = list(value_of(file.header, "SharedFunctionalGroupsSequence") or [])
        return [_make_slice(file, n, [*_macros([frame, *shared]), file.header]) for n, frame in enumerate(frames)]
    except BadValueError:
        raise
    except Exception as error:  # pydicom raises nearly anything for damaged sequences
        raise BadValueError("is damaged") from error


def _macros(groups: Sequence[Dataset]) -> list[Dataset]:
    """Return the datasets inside functional groups (PS3.3 C.7.6.16), those of the frame first."""
    return [item for group in groups for element in group if element.VR == "SQ" for item in element.value]


def text_in_groups(file: DicomFile, keyword: str) -> str:
    """Return an element of a multi-frame file that its functional groups hold, of the first frame; empty if none."""
    try:
        groups = [group for name in ("Shared", "PerFrame")
                  for group in list(value_of(file.header, f"{name}FunctionalGroupsSequence") or [])[:1]]
        return next((text for item in _macros(groups) if (text := text_of(item, keyword))), "")
    except Exception:  # pydicom raises nearly anything for damaged sequences; a word is no reason to refuse a scan
        return ""


def _make_slice(file: DicomFile, frame: int, sources: Sequence[Dataset]) -> Slice:
    """Gather a slice from the first source that has each element."""
    def find(*keywords: str) -> Any:
        found = (value_of(source, keyword) for keyword in keywords for source in sources)
        return next((value for value in found if value is not None), None)

    def text(*keywords: str) -> str:
        found = (text_of(source, keyword) for keyword in keywords for source in sources)
        return next(filter(None, found), "")

    def numbers(keyword: str, count: int, limit: float) -> np.ndarray | None:
        return as_numbers(find(keyword), keyword, count, limit)

    spacing = numbers("PixelSpacing", 2, _MOST_SPACING_MM)
    if spacing is not None and spacing.min() < 1 / _MOST_SPACING_MM:
        raise BadValueError(f"has an impossible PixelSpacing ({spacing.min():g})")
    slope, intercept = numbers("RescaleSlope", 1, _MOST_SLOPE), numbers("RescaleIntercept", 1, _MOST_INTERCEPT)
    if slope is not None and abs(slope[0]) < 1 / _MOST_SLOPE:
        raise BadValueError(f"has an impossible RescaleSlope ({slope[0]:g})")
    return Slice(
        file, frame, numbers("ImagePositionPatient", 3, FARTHEST_MM),
        _unit_axes(numbers("ImageOrientationPatient", 6, _MOST_COSINE)),
        None if spacing is None else (float(spacing[1]), float(spacing[0])), _thickness(find("SliceThickness")),
        1.0 if slope is None else float(slope[0]), 0.0 if intercept is None else float(intercept[0]),
        text("ConvolutionKernel"), text("FrameType", "ImageType"), text("FrameAcquisitionNumber", "AcquisitionNumber"),
        text("KVP"), text("RescaleType").upper(), intercept is not None)


def _thickness(value: Any) -> float | None:
    """Return the thickness of a slice, None where it is unknown or cannot be: no scan is refused for it."""
    try:
        found = as_numbers(value, "SliceThickness", 1, _MOST_SPACING_MM)
    except BadValueError:
        return None
    return None if found is None or found[0] <= 0 else float(found[0])


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
