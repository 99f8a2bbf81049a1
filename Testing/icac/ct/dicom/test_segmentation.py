from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest
from icac.ct.dicom.segmentation import read_segmentation
from icac.errors import InputError
from icac.geometry import Frame, Volume
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

#: Oblique, no two axes or sizes alike.
_TURN = np.array([[0.8, 0.0, 0.6], [0.0, 1.0, 0.0], [-0.6, 0.0, 0.8]])
_AFFINE = np.eye(4)
_AFFINE[:3, :3] = _TURN * (0.5, 0.7, 1.25)
_AFFINE[:3, 3] = (-20.0, 14.5, 33.0)
FRAME = Frame(_AFFINE, (13, 9, 7))


def blob(*corners: tuple[int, int, int]) -> np.ndarray:
    """Boxes of 2 x 3 x 4 voxels (z, y, x)."""
    mask = np.zeros(FRAME.shape, bool)
    for z, y, x in corners:
        mask[z:z + 2, y:y + 3, x:x + 4] = True
    return mask


def _functional_groups(number: int, position: np.ndarray, frame: Frame, thickness: float | None) -> tuple:
    """Return what holds for one frame, and what holds for all."""
    one, every = Dataset(), Dataset()
    segment, plane, orientation, measures = Dataset(), Dataset(), Dataset(), Dataset()
    segment.ReferencedSegmentNumber = number
    plane.ImagePositionPatient = [f"{v:.6f}" for v in position]
    orientation.ImageOrientationPatient = [f"{v:.9f}" for v in frame.direction[:, :2].T.ravel()]
    measures.PixelSpacing = [frame.spacing[1], frame.spacing[0]]
    if thickness is not None:
        measures.SliceThickness = thickness
    one.SegmentIdentificationSequence, one.PlanePositionSequence = Sequence([segment]), Sequence([plane])
    every.PlaneOrientationSequence, every.PixelMeasuresSequence = Sequence([orientation]), Sequence([measures])
    return one, every


def write_seg(path: Path, segments: dict[str, np.ndarray], frame: Frame = FRAME, *, kind: str = "BINARY",
              thickness: float | None = 1.25, **elements) -> Path:
    """Write segments (z, y, x) as a DICOM segmentation without their empty slices, from the top down.

    The values of fractional segments are shares of one.
    """
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.66.4"
    data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    data.Modality, data.SegmentationType = "SEG", kind
    frames, groups = [], []
    data.SegmentSequence = Sequence()
    for number, (label, values) in enumerate(segments.items(), start=1):
        described = Dataset()
        described.SegmentNumber, described.SegmentLabel = number, label
        data.SegmentSequence.append(described)
        for k in reversed(np.flatnonzero(values.any(axis=(1, 2)))):
            frames.append(values[k])
            one, every = _functional_groups(number, frame.to_lps(np.array([0, 0, k])), frame, thickness)
            groups.append(one)
    data.SharedFunctionalGroupsSequence, data.PerFrameFunctionalGroupsSequence = Sequence([every]), Sequence(groups)
    data.NumberOfFrames, data.Columns, data.Rows = len(frames), *frame.size[:2]
    data.SamplesPerPixel, data.PhotometricInterpretation, data.PixelRepresentation = 1, "MONOCHROME2", 0
    data.BitsAllocated = data.BitsStored = 1 if kind == "BINARY" else 8
    data.HighBit = data.BitsStored - 1
    if kind == "BINARY":
        stored = np.packbits(np.array(frames).astype(np.uint8).ravel(), bitorder="little")
    else:
        data.SegmentationFractionalType, data.MaximumFractionalValue = "PROBABILITY", 200
        stored = np.rint(np.array(frames) * 200).astype(np.uint8)
    data.PixelData = stored.tobytes() + b"\0" * (stored.size % 2)
    for keyword, value in elements.items():
        setattr(data, keyword, value)
    pydicom.dcmwrite(path, data, enforce_file_format=True)
    return path


def on_scan(mask: Volume, frame: Frame = FRAME) -> np.ndarray:
    return mask.like(mask.array.astype(np.uint8)).resample(frame, interpolation="nearest").array > 0


def test_binary_segments_lie_where_they_were_drawn(tmp_path):
    left, right = blob((1, 2, 3)), blob((4, 5, 8), (1, 3, 5))
    mask = read_segmentation(write_seg(tmp_path / "seg.dcm", {"left": left, "right": right}))
    assert mask.frame.size == (13, 9, 5)
    assert mask.frame.matches(FRAME.crop((0, 0, 1), (13, 9, 5)))
    assert np.array_equal(on_scan(mask), left | right)


def test_one_segment_by_its_label(tmp_path):
    left, right = blob((1, 2, 3)), blob((4, 5, 8))
    path = write_seg(tmp_path / "seg", {"left": left, "right": right})
    assert np.array_equal(on_scan(read_segmentation(path, "right")), right)
    with pytest.raises(InputError, match="no segment 'ICAC'; it has left, right"):
        read_segmentation(path, "ICAC")


def test_empty_slices_in_between_and_no_thickness(tmp_path):
    """Slices 0, 2, 3 and 6 of the scan have frames: the step is that of the nearest two."""
    drawn = np.zeros(FRAME.shape, bool)
    drawn[[0, 2, 3, 6], 4, [2, 5, 5, 11]] = True
    mask = read_segmentation(write_seg(tmp_path / "seg.dcm", {"a": drawn}, thickness=None))
    assert np.array_equal(mask.array, drawn)
    assert mask.frame.matches(FRAME)


def test_thickness_that_is_not_the_distance(tmp_path):
    drawn = blob((1, 2, 3))
    mask = read_segmentation(write_seg(tmp_path / "seg.dcm", {"a": drawn}, thickness=2.0))
    assert np.array_equal(on_scan(mask), drawn)


def test_a_single_slice_is_as_thick_as_the_header_says(tmp_path):
    drawn = np.zeros(FRAME.shape, bool)
    drawn[3, 4, 5:8] = True
    mask = read_segmentation(write_seg(tmp_path / "seg.dcm", {"a": drawn}))
    assert mask.frame.matches(FRAME.crop((0, 0, 3), (13, 9, 1)))
    assert mask.array.sum() == 3
    with pytest.raises(InputError, match="one slice and no slice thickness"):
        read_segmentation(write_seg(tmp_path / "b.dcm", {"a": drawn}, thickness=None))


def test_fractional_counts_from_one_half(tmp_path):
    share = np.zeros(FRAME.shape)
    share[1:5, 4, 6] = 0.3, 0.49, 0.5, 1.0
    mask = read_segmentation(write_seg(tmp_path / "seg.dcm", {"a": share}, kind="FRACTIONAL"))
    assert np.array_equal(on_scan(mask), share >= 0.5)


def test_labelmap(tmp_path):
    values = np.zeros(FRAME.shape)
    values[2, 3, 4], values[3, 3, 4], values[3, 3, 5] = 1 / 200, 2 / 200, 7 / 200
    names = [Dataset(), Dataset()]
    for number, (one, label) in enumerate(zip(names, ("a", "b"), strict=True), start=1):
        one.SegmentNumber, one.SegmentLabel = number, label
    path = write_seg(tmp_path / "seg.dcm", {"a": values}, kind="LABELMAP", PixelPaddingValue=7,
                     SOPClassUID="1.2.840.10008.5.1.4.1.1.66.7", SegmentSequence=Sequence(names))
    assert np.argwhere(on_scan(read_segmentation(path, "b"))).tolist() == [[3, 3, 4]]
    data = pydicom.dcmread(path)
    del data.PixelPaddingValue
    data.save_as(path)
    assert np.array_equal(on_scan(read_segmentation(path)), values > 0)


def test_slices_of_a_tilted_gantry_keep_their_shear(tmp_path):
    affine = np.diag((0.5, 0.7, 2.5, 1.0))
    affine[1, 2] = 0.8
    sheared = Frame(affine, FRAME.size)
    drawn = blob((1, 2, 3), (5, 5, 8))
    mask = read_segmentation(write_seg(tmp_path / "seg.dcm", {"a": drawn}, sheared, thickness=2.5))
    assert mask.frame.matches(sheared.crop((0, 0, 1), (13, 9, 6)))
    assert np.array_equal(mask.array, drawn[1:7])


def test_folder_of_the_file(tmp_path):
    folder = tmp_path / "series"
    folder.mkdir()
    (folder / "readme.txt").write_text("x")
    write_seg(folder / "seg", {"a": blob((1, 2, 3))})
    assert read_segmentation(folder).array.sum() == 24
    write_seg(folder / "seg2", {"a": blob((1, 2, 3))})
    with pytest.raises(InputError, match="holds 2 DICOM files"):
        read_segmentation(folder)


def test_uneven_slices(tmp_path):
    drawn = blob((0, 2, 3), (4, 2, 3))
    path = write_seg(tmp_path / "seg.dcm", {"a": drawn})
    data = pydicom.dcmread(path)
    data.PerFrameFunctionalGroupsSequence[0].PlanePositionSequence[0].ImagePositionPatient[2] += 0.4
    data.save_as(path)
    with pytest.raises(InputError, match="unevenly spaced"):
        read_segmentation(path)


def test_faults_are_named(tmp_path):
    path = tmp_path / "x.dcm"
    path.write_text("no image")
    with pytest.raises(InputError, match="is not an image file"):
        read_segmentation(path)
    write_seg(path, {"a": blob((1, 2, 3))}, SOPClassUID=CTImageStorage)
    with pytest.raises(InputError, match="no DICOM segmentation but CT Image Storage"):
        read_segmentation(path)
    whole = write_seg(path, {"a": blob((1, 2, 3))}).read_bytes()
    path.write_bytes(whole[:-10])
    with pytest.raises(InputError, match="pixels cannot be read"):
        read_segmentation(path)
    path.write_bytes(whole[:400])
    with pytest.raises(InputError, match=r"x\.dcm"):
        read_segmentation(path)
    write_seg(path, {"a": blob((1, 2, 3))}, PerFrameFunctionalGroupsSequence=Sequence([Dataset(), Dataset()]))
    with pytest.raises(InputError, match="where its frames lie"):
        read_segmentation(path)
