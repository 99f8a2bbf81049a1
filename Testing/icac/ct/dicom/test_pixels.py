from __future__ import annotations

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk  # noqa: N813
from icac.ct import read_ct
from icac.ct.dicom.headers import read_header, slices_of, transfer_syntax
from icac.ct.dicom.pixels import read_hu
from icac.errors import InputError
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    RLELossless,
)

HU = np.random.default_rng(7).integers(-1000, 2000, (12, 9)).astype(float)


def read_one(path):
    return read_hu(slices_of(read_header(path))).hu[0]


def test_signed_and_unsigned_pixels_give_the_same_hu(tmp_path, dataset, save):
    unsigned = save(dataset(HU, (0, 0, 0)), tmp_path / "u.dcm")
    signed = save(dataset(HU, (0, 0, 0), PixelRepresentation=1, RescaleIntercept=0), tmp_path / "s.dcm")
    assert np.array_equal(read_one(unsigned), HU)
    assert np.array_equal(read_one(signed), HU)
    assert read_one(signed).dtype == np.int16


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian])
def test_other_encodings_of_uncompressed_pixels(tmp_path, dataset, save, syntax):
    data = dataset(HU, (0, 0, 0))
    data.file_meta.TransferSyntaxUID = syntax
    if syntax == ExplicitVRBigEndian:
        data.PixelData = np.frombuffer(data.PixelData, "<u2").astype(">u2").tobytes()
    assert np.array_equal(read_one(save(data, tmp_path / "a.dcm")), HU)


def test_a_file_without_preamble_is_read(tmp_path, dataset):
    data = dataset(HU, (0, 0, 0))
    del data.file_meta
    pydicom.dcmwrite(tmp_path / "old", data, implicit_vr=True, little_endian=True, enforce_file_format=False)
    assert np.array_equal(read_one(tmp_path / "old"), HU)


@pytest.mark.parametrize("signed", [False, True])
def test_bits_above_the_stored_ones_are_ignored_and_the_sign_extended(tmp_path, dataset, save, signed):
    values = np.clip(HU, -1000, 1000)
    data = dataset(values, (0, 0, 0), BitsStored=12, HighBit=11, PixelRepresentation=int(signed),
                   RescaleIntercept=0 if signed else -1024)
    stored = np.frombuffer(data.PixelData, "<u2")
    data.PixelData = ((stored & 0x0FFF) | 0x5000).tobytes()  # an overlay in the upper bits
    assert np.array_equal(read_one(save(data, tmp_path / "a.dcm")), values)


def test_slope_and_intercept_of_every_slice_are_its_own(tmp_path, dataset, save):
    for n, (slope, intercept) in enumerate([(1, -1024), (2, -1000), (1, -1024), (0.5, -1024)]):
        values = np.full((12, 9), 100.0 * n)
        save(dataset(values, (0, 0, n), RescaleSlope=slope, RescaleIntercept=intercept), tmp_path / f"{n}.dcm")
    scan = read_ct(tmp_path / "0.dcm")
    assert scan.volume.array.dtype == np.float32  # a slope of 0.5 allows halves
    assert scan.volume.array[:, 0, 0].tolist() == [0, 100, 200, 300]


@pytest.mark.parametrize(("padding", "signed"), [(-2000, 1), (63536, 1), (0, 0)])
def test_padding_becomes_air(tmp_path, dataset, save, padding, signed):
    data = dataset(HU, (0, 0, 0), PixelRepresentation=signed, RescaleIntercept=0 if signed else -1024)
    stored = np.frombuffer(data.PixelData, "<i2").reshape(HU.shape).copy()
    stored[0, :] = padding if padding < 2**15 else padding - 2**16
    data.PixelData = stored.tobytes()
    data.add_new("PixelPaddingValue", "US" if padding > 0 else "SS" if signed else "US", padding)
    hu = read_one(save(data, tmp_path / "a.dcm"))
    assert (hu[0] == -1024).all()
    assert np.array_equal(hu[1:], HU[1:])


def test_a_padding_value_that_means_water_is_not_believed(tmp_path, dataset, save):
    values = HU.copy()
    values[3, 3] = 0
    data = dataset(values, (0, 0, 0), PixelRepresentation=1, RescaleIntercept=0)
    data.add_new("PixelPaddingValue", "SS", 0)
    assert np.array_equal(read_one(save(data, tmp_path / "a.dcm")), values)


def test_run_length_compression(tmp_path, dataset, save):
    data = dataset(HU, (0, 0, 0), RescaleSlope=2, RescaleIntercept=-1001)
    values = np.frombuffer(data.PixelData, "<u2").reshape(HU.shape) * 2.0 - 1001
    data.compress(RLELossless)
    assert np.array_equal(read_one(save(data, tmp_path / "a.dcm")), values)


@pytest.mark.parametrize("compressor", ["JPEG", "JPEG2000"])
def test_lossless_jpeg(tmp_path, compressor):
    image = sitk.GetImageFromArray(HU[None].astype(np.int16))
    writer = sitk.ImageFileWriter()
    writer.SetImageIO("GDCMImageIO")
    writer.SetFileName(str(tmp_path / "a.dcm"))
    writer.UseCompressionOn()
    writer.SetCompressor(compressor)
    writer.SetCompressionLevel(100)
    image.SetMetaData("0008|0060", "CT")
    image.SetMetaData("0008|0016", "1.2.840.10008.5.1.4.1.1.2")
    writer.Execute(image)
    file = read_header(tmp_path / "a.dcm")
    assert transfer_syntax(file.header).is_encapsulated
    assert np.array_equal(read_hu(slices_of(file)).hu[0], HU)


def test_truncated_pixels_are_refused(tmp_path, dataset, save):
    path = save(dataset(HU, (0, 0, 0)), tmp_path / "cut.dcm")
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(InputError, match=r"cut\.dcm is truncated"):
        read_one(path)


def test_undecodable_pixels_are_refused(tmp_path, dataset, save):
    data = dataset(HU, (0, 0, 0))
    data.compress(RLELossless)
    path = save(data, tmp_path / "bad.dcm")
    content = bytearray(path.read_bytes())
    content[-60:] = b"\xff" * 60
    path.write_bytes(content[:-40])
    with pytest.raises(InputError, match=r"bad\.dcm"):
        read_one(path)


def test_colour_is_refused(tmp_path, dataset, save):
    data = dataset(HU, (0, 0, 0), SamplesPerPixel=3, PhotometricInterpretation="RGB")
    with pytest.raises(InputError, match="colour"):
        read_one(save(data, tmp_path / "a.dcm"))


def test_the_same_voxels_as_simpleitk_on_a_thin_series(shared_data):
    folder = shared_data / "skull_phantom_philips_1mm"
    scan = read_ct(folder)
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    image = reader.Execute()
    assert np.array_equal(sitk.GetArrayFromImage(image), scan.volume.array)
    assert scan.volume.frame.origin == pytest.approx(image.GetOrigin())
    assert scan.volume.frame.spacing == pytest.approx(image.GetSpacing())
    assert scan.volume.frame.direction.ravel() == pytest.approx(image.GetDirection())


@pytest.mark.parametrize(("said", "warned"), [("01", True), ("00", False), (None, False)])
def test_compression_with_loss_is_said(tmp_path, dataset, save, said, warned):
    told = {} if said is None else {"LossyImageCompression": said, "LossyImageCompressionRatio": [4, 10]}
    for n in range(2):
        save(dataset(HU, (0, 0, n), **told), tmp_path / f"{n}.dcm")
    doubts = read_ct(tmp_path).doubts
    assert bool(doubts) == warned and all("with loss (ratio 10)" in text for text in doubts)
