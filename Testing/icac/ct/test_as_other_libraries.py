"""What is read and written here is what other libraries read and write: nibabel for NIfTI, highdicom for DICOM."""

from __future__ import annotations

from datetime import date, time

import numpy as np
import pydicom
import pytest
from icac.ct import read_ct, write_volume
from icac.ct.masks import read_mask
from icac.geometry import Frame, Volume
from pydicom.sr.codedict import codes
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

#: Oblique, no two axes or sizes alike.
TURN = np.array([[0.8, 0.0, -0.6], [0.0, 1.0, 0.0], [0.6, 0.0, 0.8]])
SHIFT = (-20.0, 14.5, 33.0)
RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
SIZE = (13, 9, 11)


def affine_of(axes: np.ndarray) -> np.ndarray:
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = axes, SHIFT
    return affine


FRAMES = {"oblique": affine_of(TURN * (0.5, 0.7, 1.25)), "flipped": affine_of(TURN * (-0.5, 0.7, -1.25)),
          "sheared": affine_of(np.array([[0.5, 0, 0], [0, 0.7, -0.3], [0, 0, 1.25]]))}


def some_hu() -> np.ndarray:
    """Return whole HU, shape (z, y, x)."""
    return np.random.default_rng(5).integers(-1000, 2000, SIZE[::-1]).astype(np.int16)


@pytest.fixture
def nibabel():
    return pytest.importorskip("nibabel", reason="nibabel is not installed (pip install 'icac[test]')")


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("version", ["Nifti1Image", "Nifti2Image"])
@pytest.mark.parametrize("order", "<>")
def test_nifti_of_nibabel(nibabel, tmp_path, frame, version, order):
    """Affines are those of the sform in RAS; arrays are transposed."""
    image = getattr(nibabel, version)(some_hu().transpose().astype(f"{order}i2"), RAS @ FRAMES[frame])
    if order == ">":
        image = type(image)(image.dataobj, image.affine, image.header.as_byteswapped(">"))
    nibabel.save(image, tmp_path / "x.nii.gz")
    read = read_ct(tmp_path / "x.nii.gz").volume
    np.testing.assert_array_equal(read.array, some_hu())
    np.testing.assert_allclose(read.frame.affine, FRAMES[frame], atol=1e-4)


def test_scaled_values_of_nibabel(nibabel, tmp_path):
    image = nibabel.Nifti1Image(some_hu().transpose(), RAS @ FRAMES["oblique"])
    image.header.set_slope_inter(0.5, -100.25)
    nibabel.save(image, tmp_path / "x.nii")
    stored = nibabel.load(tmp_path / "x.nii")
    np.testing.assert_allclose(read_ct(tmp_path / "x.nii").volume.array, stored.get_fdata().transpose(), atol=1e-3)


@pytest.mark.parametrize("frame", ["oblique", "flipped"])
def test_nibabel_reads_what_is_written(nibabel, tmp_path, frame):
    written = write_volume(Volume(some_hu(), Frame(FRAMES[frame], SIZE)), tmp_path / "x.nii.gz")
    image = nibabel.load(written)
    np.testing.assert_array_equal(np.asarray(image.dataobj), some_hu().transpose())
    for affine in (image.get_sform(), image.get_qform()):
        np.testing.assert_allclose(affine, RAS @ FRAMES[frame], atol=1e-4)


@pytest.fixture
def highdicom():
    return pytest.importorskip("highdicom", reason="highdicom is not installed (pip install 'icac[test]')")


@pytest.fixture
def slices(dataset, save, tmp_path) -> list[pydicom.Dataset]:
    """An oblique series on disk, from the top down, with all that highdicom asks for."""
    frame, study = Frame(FRAMES["oblique"], SIZE), generate_uid()
    made = []
    for k in reversed(range(SIZE[2])):
        one = dataset(some_hu()[k], frame.to_lps(np.array([0, 0, k])), frame.direction[:, :2].T, frame.spacing[:2],
                      FrameOfReferenceUID="1.2.3.5", StudyInstanceUID=study, InstanceNumber=k + 1, StudyID="1",
                      StudyDate="20260101", StudyTime="120000", AccessionNumber="", ReferringPhysicianName="",
                      PatientSex="O", PositionReferenceIndicator="", SliceThickness=1.25)
        save(one, tmp_path / "series" / f"{k:02d}.dcm")
        made.append(one)
    return made


def test_series_as_highdicom_reads_it(highdicom, slices, tmp_path):
    """The same value at the same place, whichever way the slices are counted."""
    volume = highdicom.get_volume_from_series(slices)
    read = read_ct(tmp_path / "series").volume
    index = np.argwhere(np.ones(volume.spatial_shape, bool))
    points = index @ volume.affine[:3, :3].T + volume.affine[:3, 3]
    ours = np.rint(read.frame.to_index(points)).astype(int)
    np.testing.assert_allclose(read.frame.to_lps(ours), points, atol=1e-4)
    np.testing.assert_array_equal(read.array[tuple(ours[:, ::-1].T)], volume.array[tuple(index.T)])


@pytest.mark.parametrize("kind", ["BINARY", "FRACTIONAL", "LABELMAP"])
def test_segmentation_of_highdicom(highdicom, slices, tmp_path, kind):
    mask = np.zeros(SIZE[::-1], np.uint8)
    mask[2:5, 3:6, 1:8] = 1
    mask[8, 1, 9:12] = 1
    algorithm = highdicom.AlgorithmIdentificationSequence("icac", codes.DCM.ArtificialIntelligence, "1")
    described = highdicom.seg.SegmentDescription(1, "ICAC", codes.SCT.Artery, codes.SCT.Artery,
                                                 highdicom.seg.SegmentAlgorithmTypeValues.AUTOMATIC, algorithm)
    made = highdicom.seg.Segmentation(
        source_images=slices, pixel_array=(mask[::-1].astype(float) if kind == "FRACTIONAL" else mask[::-1]),
        segmentation_type=kind, segment_descriptions=[described], series_instance_uid=generate_uid(), series_number=9,
        sop_instance_uid=generate_uid(), instance_number=1, manufacturer="x", manufacturer_model_name="x",
        software_versions="1", device_serial_number="1", transfer_syntax_uid=ExplicitVRLittleEndian,
        content_creator_name="x")
    made.ContentDate, made.ContentTime = date(2026, 1, 1), time(12)
    made.save_as(tmp_path / "seg.dcm")
    read = read_mask(tmp_path / "seg.dcm", "ICAC")
    on_scan = read.like(read.array.astype(np.uint8)).resample(Frame(FRAMES["oblique"], SIZE), interpolation="nearest")
    np.testing.assert_array_equal(on_scan.array, mask)
