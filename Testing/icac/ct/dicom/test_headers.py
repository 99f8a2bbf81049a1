from __future__ import annotations

import numpy as np
import pytest
from icac.ct import read_ct
from icac.errors import InputError
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import RLELossless

ENHANCED = "1.2.840.10008.5.1.4.1.1.2.1"


def sequence(**elements):
    item = Dataset()
    for keyword, value in elements.items():
        setattr(item, keyword, value)
    return Sequence([item])


@pytest.fixture
def enhanced(dataset):
    """An Enhanced CT of twelve frames, stored from top to bottom, with a rescale that differs among them."""
    def make():
        hu = np.random.default_rng(2).integers(-900, 900, (12, 10, 8)).astype(float)
        data = dataset(hu[0], (0, 0, 0))
        for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "RescaleSlope",
                        "RescaleIntercept", "SliceThickness"):
            delattr(data, keyword)
        data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = ENHANCED
        data.NumberOfFrames = 12
        shared = Dataset()
        shared.PixelMeasuresSequence = sequence(PixelSpacing=[0.5, 0.7], SliceThickness=1.25)
        shared.PlaneOrientationSequence = sequence(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])
        shared.CTReconstructionSequence = sequence(ConvolutionKernel="Qr36")
        data.SharedFunctionalGroupsSequence = Sequence([shared])
        frames, stored = [], []
        for n in range(12):
            frame = Dataset()
            frame.PlanePositionSequence = sequence(ImagePositionPatient=[3, 4, -1.25 * n])
            frame.PixelValueTransformationSequence = sequence(RescaleSlope=1, RescaleIntercept=-1000 - n % 2)
            frames.append(frame)
            stored.append((hu[n] + 1000 + n % 2).astype("<u2"))
        data.PerFrameFunctionalGroupsSequence = Sequence(frames)
        data.PixelData = b"".join(s.tobytes() for s in stored)
        return data, hu
    return make


@pytest.mark.parametrize("compressed", [False, True])
def test_enhanced_multi_frame_ct(tmp_path, enhanced, save, compressed):
    data, hu = enhanced()
    if compressed:
        data.compress(RLELossless)
    scan = read_ct(save(data, tmp_path / "enhanced.dcm"))
    assert np.array_equal(scan.volume.array, hu[::-1])
    assert scan.volume.frame.spacing == pytest.approx((0.7, 0.5, 1.25))
    assert scan.volume.frame.origin == pytest.approx((3, 4, -13.75))
    assert scan.identity["kernel"] == "Qr36" and scan.identity["slice_thickness_mm"] == "1.25"


def test_enhanced_in_a_folder_is_one_series(tmp_path, enhanced, save):
    data, _ = enhanced()
    save(data, tmp_path / "enhanced.dcm")
    assert read_ct(tmp_path).volume.array.shape == (12, 10, 8)


def test_enhanced_with_fewer_frames_than_it_says(tmp_path, enhanced, save):
    data, _ = enhanced()
    data.PixelData = data.PixelData[:-100]
    with pytest.raises(InputError, match="truncated"):
        read_ct(save(data, tmp_path / "enhanced.dcm"))


def test_rounded_direction_cosines_become_orthonormal(tmp_path, make_series, stack_of_heights):
    rough = np.array([[0.999, 0.03, 0], [-0.03, 0.999, 0]])
    volume = read_ct(make_series(tmp_path, lambda p: p[..., 0], stack_of_heights(range(9)), orientation=rough)).volume
    assert volume.frame.direction.T @ volume.frame.direction == pytest.approx(np.eye(3), abs=1e-9)


def test_elements_that_name_the_scan_reach_the_identity(tmp_path, make_series, stack_of_heights):
    scan = read_ct(make_series(tmp_path, lambda p: p[..., 0], stack_of_heights(range(9)), Manufacturer="Maker",
                               ConvolutionKernel=["Br36", "3"], KVP=120, ContrastBolusAgent="Iodine"))
    assert scan.kind == "dicom" and scan.identity["manufacturer"] == "Maker"
    assert scan.identity["kernel"] == "Br36\\3" and scan.identity["kvp"] == "120"
    assert scan.identity["contrast_agent"] == "Iodine" and scan.identity["images"] == "9"
