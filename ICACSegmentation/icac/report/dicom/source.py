"""The images of the scan as highdicom wants to know them: who is on them, and where they lie.

Each slice is described as an image of its own, also where one file holds several; :mod:`icac.report.dicom.references`
says afterwards which frame of which file it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from pydicom.config import RAISE
from pydicom.datadict import dictionary_VR
from pydicom.dataset import Dataset
from pydicom.valuerep import DSfloat, validate_value

from icac.ct.dicom.header_values import value_of
from icac.ct.dicom.headers import CT_IMAGE, DicomFile, read_header, slices_of
from icac.ct.dicom.native import NativeSlice, NativeSlices
from icac.errors import InputError
from icac.report.dicom.uids import Uids

#: What is copied of the patient and the study. The first must be there, if only empty.
_NEEDED = ("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID",
           "AccessionNumber", "ReferringPhysicianName")
_OPTIONAL = ("IssuerOfPatientID", "PatientAge", "PatientSize", "PatientWeight", "PatientIdentityRemoved",
             "DeidentificationMethod", "StudyDescription")
_COMPRESSION = ("LossyImageCompression", "LossyImageCompressionRatio", "LossyImageCompressionMethod")
_SEXES = ("M", "F", "O")

#: How the patient was made unknown, where the series tells it in codes or not at all; DICOM wants it told.
_ELSEWHERE = "see the images of the series"


@dataclass(frozen=True, eq=False)
class Source:
    """A series and its slices.

    Attributes
    ----------
    native : NativeSlices
    images : list of pydicom.Dataset
        One for each slice, without pixels, of the kind CT Image.

    """

    native: NativeSlices
    images: list[Dataset]

    @property
    def series_uid(self) -> str:
        """Series Instance UID."""
        return str(self.images[0].SeriesInstanceUID)

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Number of each slice by the SOP Instance UID of its image."""
        return {str(image.SOPInstanceUID): number for number, image in enumerate(self.images)}

    @property
    def files(self) -> list[Dataset]:
        """The files of the series, as other documents refer to them."""
        found = {one.uid: (image, one) for image, one in zip(self.images, self.native.slices, strict=True)}
        return [_file(image, one) for image, one in found.values()]


def read_source(native: NativeSlices) -> Source:
    """Read what is needed of the series beyond its pixels.

    Raises
    ------
    InputError
        A file is gone, or the series does not tell its study, its own number or those of its images.

    """
    path = native.slices[0].path
    file = read_header(path, (*_NEEDED, *_OPTIONAL, *_COMPRESSION))
    if file is None:
        raise InputError(f"{path} cannot be read any more; leave the series where it is until its results are written.")
    _refuse_unnamed(native, file)
    common = _common(file, native)
    return Source(native, [_image(common, one) for one in native.slices])


def _refuse_unnamed(native: NativeSlices, file: DicomFile) -> None:
    folder = file.path.parent
    lacking = [name for name in ("StudyInstanceUID", "SeriesInstanceUID") if not file.text(name)]
    if lacking:
        raise InputError(f"The series in {folder} has no {lacking[0]}, so that nothing can refer to it; give the "
                         "series as it came from the scanner, or leave --dicom-out out.")
    names = [(one.uid, one.frame) for one in native.slices]
    if not all(uid for uid, _ in names) or len(set(names)) < len(names):
        raise InputError(f"Images of the series in {folder} have no SOP Instance UID of their own, so that nothing can "
                         "refer to them; give the series as it came from the scanner, or leave --dicom-out out.")


def _common(file: DicomFile, native: NativeSlices) -> Dataset:
    """Return what all images of a series have in common."""
    first = slices_of(file)[native.slices[0].frame or 0]
    found = Dataset()
    found.SpecificCharacterSet = "ISO_IR 192"
    found.SOPClassUID, found.Modality = CT_IMAGE, "CT"
    for keyword in _NEEDED:
        setattr(found, keyword, _valid(file, keyword))
    for keyword in _OPTIONAL:
        if value := _valid(file, keyword):
            setattr(found, keyword, value)
    found.PatientSex = found.PatientSex if found.PatientSex in _SEXES else ""
    _tell_anonymised(found)
    if file.text("LossyImageCompression") == "01":
        for keyword in _COMPRESSION:
            if (value := value_of(file.header, keyword)) is not None:
                setattr(found, keyword, value)
    found.StudyInstanceUID, found.SeriesInstanceUID = file.text("StudyInstanceUID"), file.series_uid
    found.FrameOfReferenceUID = _frame_of_reference(file)
    found.Rows, found.Columns = native.shape
    found.PixelSpacing = _decimals(native.spacing[::-1])
    found.ImageOrientationPatient = _decimals(native.orientation.ravel())
    found.SliceThickness = _decimals([first.thickness or _distance(native)])[0]
    return found


def _tell_anonymised(found: Dataset) -> None:
    """Keep what tells that the patient was made unknown in the form that DICOM wants (PS3.3 C.7.1.1)."""
    removed = found.get("PatientIdentityRemoved")
    if removed == "YES" and "DeidentificationMethod" not in found:
        found.DeidentificationMethod = _ELSEWHERE
    elif removed not in ("YES", "NO", None):
        del found.PatientIdentityRemoved


def _image(common: Dataset, one: NativeSlice) -> Dataset:
    """Return one slice as an image of its own."""
    image = Dataset()
    image.update(common)
    image.SOPInstanceUID = one.uid if one.frame is None else Uids(one.uid).of(f"frame {one.frame}")
    image.ImagePositionPatient = _decimals(one.header_position)
    return image


def _file(image: Dataset, one: NativeSlice) -> Dataset:
    """Return what an image stands for: its file, of which it may be one frame."""
    file = Dataset()
    file.update(image)
    file.SOPClassUID, file.SOPInstanceUID = one.class_uid, one.uid
    return file


def _valid(file: DicomFile, keyword: str) -> str:
    """Return the text of an element, empty if it breaks the standard's form, which highdicom refuses to write."""
    text = file.text(keyword)
    try:
        validate_value(dictionary_VR(keyword), text, RAISE)
    except ValueError:
        return ""
    return text


def _frame_of_reference(file: DicomFile) -> str:
    """Return the Frame of Reference UID; one of the series where the file has none, as all slices share their space."""
    return file.text("FrameOfReferenceUID") or Uids(file.series_uid).of("frame of reference")


def _distance(native: NativeSlices) -> float:
    """Return the usual distance between slices, mm."""
    positions = np.array([one.position for one in native.slices])
    return float(np.median(np.diff(positions @ np.cross(*native.orientation))))


def _decimals(values: Iterable[float]) -> list[DSfloat]:
    """Return numbers as DICOM writes them, in at most 16 letters."""
    return [DSfloat(float(value), auto_format=True) for value in values]
