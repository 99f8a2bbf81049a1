"""Series of every geometry with calcium that nothing of is symmetric, and their results written as DICOM."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pydicom
import pytest
from icac.anatomy import Course, Side
from icac.ct import read_ct
from icac.lesions import find_lesions, measure_burden
from icac.registration.result import Registration
from icac.result import ModelIdentity, SegmentedScan
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, EnhancedCTImageStorage, ExplicitVRLittleEndian, generate_uid

#: Centre in LPS mm, half the size, HU: one right, two left, none like another.
BOXES = (((-21.0, 3.0, 16.0), (3.2, 1.7, 4.6), 700), ((18.0, -2.0, 27.0), (1.5, 3.1, 3.4), 520),
         ((22.5, 4.5, 38.0), (2.2, 1.3, 2.4), 900))
DENSE_HU = 400
SHAPE, SPACING = (96, 120), (0.7, 0.5)

AXIAL = np.array([[1.0, 0, 0], [0, 1, 0]])
_TILT = np.radians(17.0)
_TURNED = np.array([[0.8, 0.6, 0], [-0.6 * 0.96, 0.8 * 0.96, 0.28]])
_HEIGHTS = np.arange(22) * 2.2


def _stack(corner, heights, step=(0.0, 0.0, 1.0)) -> np.ndarray:
    return np.array(corner) + np.outer(heights, step)


#: Orientation and positions of each kind of series, in the order in which their files are named.
SERIES = {
    "plain": (AXIAL, _stack((-42.0, -28.0, 0.0), _HEIGHTS)),
    "columns_negated": (np.array([[1.0, 0, 0], [0, -1, 0]]), _stack((-42.0, 19.5, 0.0), _HEIGHTS)),
    "rows_negated": (np.array([[-1.0, 0, 0], [0, 1, 0]]), _stack((41.3, -28.0, 0.0), _HEIGHTS)),
    "head_first": (AXIAL, _stack((-42.0, -28.0, 0.0), _HEIGHTS)[::-1]),
    "turned": (_TURNED, _stack((-20.0, -48.0, -8.0), _HEIGHTS, np.cross(*_TURNED))),
    "tilted": (np.array([[1.0, 0, 0], [0, np.cos(_TILT), -np.sin(_TILT)]]), _stack((-42.0, -28.0, 4.0), _HEIGHTS)),
    "tilted_columns_negated": (np.array([[1.0, 0, 0], [0, -np.cos(_TILT), np.sin(_TILT)]]),
                               _stack((-42.0, 18.0, -10.0), _HEIGHTS)),
    "uneven": (AXIAL, _stack((-42.0, -28.0, 0.0), np.r_[np.arange(20) * 1.3, 26.0 + np.arange(9) * 3.1])),
    "rounded": (AXIAL, _stack((-42.0, -28.0, 0.0), np.rint(np.arange(38) * 1.25))),
}


def hu_at(points: np.ndarray) -> np.ndarray:
    """Return whole HU at LPS points: tissue that changes slowly, and the boxes."""
    hu = np.rint(30 + points @ (0.2, 0.3, 0.1))
    for center, half, value in BOXES:
        hu[(np.abs(points - center) <= half).all(axis=-1)] = value
    return hu


def pixel_points(position: np.ndarray, orientation: np.ndarray) -> np.ndarray:
    """Return the LPS of the pixels of a slice, (rows, columns, 3)."""
    row, column = np.indices(SHAPE)
    return (np.asarray(position) + column[..., None] * SPACING[0] * orientation[0]
            + row[..., None] * SPACING[1] * orientation[1])


def common(elements: dict) -> Dataset:
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.SpecificCharacterSet = "ISO_IR 100"
    data.PatientName, data.PatientID, data.PatientBirthDate, data.PatientSex = "Müller^Änne", "P 17", "19450331", "F"
    data.StudyInstanceUID, data.SeriesInstanceUID, data.FrameOfReferenceUID = "1.2.3", "1.2.3.4", "1.2.3.9"
    data.StudyDate, data.StudyTime, data.StudyID, data.AccessionNumber = "20240229", "101112", "S1", "A-5"
    data.ReferringPhysicianName, data.StudyDescription = "Doe^Jane", "CT head"
    data.Modality, data.SeriesNumber, data.SeriesDescription = "CT", 3, "Head thin"
    data.Rows, data.Columns = SHAPE
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, 16, 15, 1
    for keyword, value in elements.items():
        setattr(data, keyword, value)
    return data


def save(data: Dataset, path: Path) -> None:
    data.file_meta.MediaStorageSOPClassUID, data.file_meta.MediaStorageSOPInstanceUID = (
        data.SOPClassUID, data.SOPInstanceUID)
    pydicom.dcmwrite(path, data, enforce_file_format=True)


def _numbers(values) -> list[str]:
    return [f"{float(v):.9g}" for v in np.ravel(values)]


def write_series(folder: Path, kind: str = "plain", **elements) -> Path:
    """Write a series of :data:`SERIES`, one image a file."""
    orientation, positions = SERIES[kind]
    folder.mkdir(parents=True)
    for number, position in enumerate(positions):
        data = common({})
        data.SOPClassUID, data.SOPInstanceUID = CTImageStorage, generate_uid()
        data.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        data.InstanceNumber, data.SliceThickness = number + 1, 2.2
        data.ImagePositionPatient, data.ImageOrientationPatient = _numbers(position), _numbers(orientation)
        data.PixelSpacing = list(SPACING[::-1])
        data.RescaleSlope, data.RescaleIntercept = 1, 0
        true = position if kind != "rounded" else (*position[:2], number * 1.25)
        data.PixelData = hu_at(pixel_points(true, orientation)).astype("<i2").tobytes()
        for keyword, value in elements.items():
            if value is None:
                delattr(data, keyword)
            else:
                setattr(data, keyword, value)
        save(data, folder / f"{number:03d}.dcm")
    return folder


def write_multiframe(folder: Path, files: int = 1) -> Path:
    """Write the series ``plain`` as frames of Enhanced CT files, those of each file from the head down."""
    orientation, positions = SERIES["plain"]
    folder.mkdir(parents=True)
    for number, part in enumerate(np.array_split(positions, files)):
        data = common({"SOPClassUID": EnhancedCTImageStorage, "SOPInstanceUID": generate_uid()})
        data.ImageType, data.NumberOfFrames = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"], len(part)
        data.SharedFunctionalGroupsSequence = [_shared_groups(orientation)]
        data.PerFrameFunctionalGroupsSequence = [_frame_groups(position) for position in part[::-1]]
        data.PixelData = np.array([hu_at(pixel_points(p, orientation)) for p in part[::-1]]).astype("<i2").tobytes()
        save(data, folder / f"{number}.dcm")
    return folder


def _shared_groups(orientation: np.ndarray) -> Dataset:
    groups, measures, plane, values = Dataset(), Dataset(), Dataset(), Dataset()
    measures.PixelSpacing, measures.SliceThickness = list(SPACING[::-1]), 2.2
    plane.ImageOrientationPatient = _numbers(orientation)
    values.RescaleSlope, values.RescaleIntercept, values.RescaleType = 1, 0, "HU"
    groups.PixelMeasuresSequence, groups.PlaneOrientationSequence = [measures], [plane]
    groups.PixelValueTransformationSequence = [values]
    return groups


def _frame_groups(position: np.ndarray) -> Dataset:
    groups, plane = Dataset(), Dataset()
    plane.ImagePositionPatient = _numbers(position)
    groups.PlanePositionSequence = [plane]
    return groups


def straight_course(side: Side) -> Course:
    """Return an upright artery 20 mm beside the midline, from C2 (z 0 to 10) up to C7 (z 50 to 60)."""
    z = np.arange(0, 60, 0.5)
    points = np.stack([np.full_like(z, 20.0 * side.sign_x_lps), np.zeros_like(z), z], axis=1)
    return Course(side, points, np.full_like(z, 2.0), 2 + (z // 10).astype(int))


def segmented(folder: Path) -> SegmentedScan:
    """Read a folder and call ICAC what is dense in it."""
    scan, courses = read_ct(folder), {side: straight_course(side) for side in Side}
    probability = np.where(scan.volume.array >= DENSE_HU, 0.9, 0.0).astype(np.float32)
    found = find_lesions(probability > 0.5, scan.volume, probability, courses)
    return SegmentedScan(
        scan=scan, labels=found.labels, probability=probability, lesions=tuple(found.lesions),
        burden=measure_burden(found.lesions, scan.volume, probability, courses), courses=courses,
        registration=Registration(np.eye(4), 0.8, 1.5, None), device="CPU", threshold=0.5,
        model=ModelIdentity("sim-test", "0.1.0", "cd" * 32, "Weights trained on simulated scans."),
        warnings=(f"The slices of {folder} are thick.",))


@pytest.fixture
def errors_of():
    """Ask dicom3tools what breaks the standard in a file."""
    program = shutil.which("dciodvfy")
    if program is None:
        pytest.skip("dciodvfy is not installed (Debian and Ubuntu: dicom3tools)")

    def ask(path: Path) -> list[str]:
        told = subprocess.run([program, "-new", str(path)], capture_output=True, text=True, check=False)
        return [line for line in (told.stdout + told.stderr).splitlines() if line.startswith(("Error", "Fatal"))]
    return ask
