"""Files whose encoding is not what they say, and pixels whose bits or sign are not."""

from __future__ import annotations

import io

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk  # noqa: N813
from icac.ct import read_ct
from icac.ct.dicom.decoder import Decoder
from icac.ct.dicom.encapsulated import DamagedPixelsError, loses_detail
from icac.ct.dicom.headers import read_header, slices_of
from icac.ct.dicom.pixels import read_hu
from icac.errors import InputError
from PIL import Image
from pydicom.uid import (
    JPEG2000,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

HU = np.random.default_rng(7).integers(-1000, 2000, (12, 9)).astype(float)
EXPLICIT, IMPLICIT = b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2\0"


def read(path):
    return read_hu(slices_of(read_header(path)))


def encoded(data) -> bytes:
    stream = io.BytesIO()
    pydicom.dcmwrite(stream, data, enforce_file_format=True)
    return stream.getvalue()


def test_implicit_data_under_a_header_that_says_explicit(tmp_path, dataset):
    data = dataset(HU, (0, 0, 0))
    data.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    content = encoded(data)
    at = content.index(IMPLICIT)
    longer = int.from_bytes(content[140:144], "little") + len(EXPLICIT) - len(IMPLICIT)
    head = content[:140] + longer.to_bytes(4, "little") + content[144:at - 2] + len(EXPLICIT).to_bytes(2, "little")
    (tmp_path / "a.dcm").write_bytes(head + EXPLICIT + content[at + len(IMPLICIT):])
    assert np.array_equal(read(tmp_path / "a.dcm").hu[0], HU)


def test_explicit_data_without_any_meta_information(tmp_path, dataset):
    content = encoded(dataset(HU, (0, 0, 0)))
    (tmp_path / "a").write_bytes(content[144 + int.from_bytes(content[140:144], "little"):])
    assert np.array_equal(read(tmp_path / "a").hu[0], HU)


def test_meta_information_without_preamble(tmp_path, dataset):
    (tmp_path / "a").write_bytes(encoded(dataset(HU, (0, 0, 0)))[132:])
    assert np.array_equal(read(tmp_path / "a").hu[0], HU)


def test_bits_beyond_the_stored_ones_are_masked_and_told(tmp_path, dataset, save):
    values = np.clip(HU, -1000, 1000)
    data = dataset(values, (0, 0, 0), BitsStored=12, HighBit=11)
    stored = np.frombuffer(data.PixelData, "<u2").reshape(HU.shape).copy()
    assert not read(save(data, tmp_path / "plain.dcm")).doubts
    stored[2:5, 3:6] |= 0x1000
    data.PixelData = stored.tobytes()
    found = read(save(data, tmp_path / "a.dcm"))
    assert np.array_equal(found.hu[0], values)
    assert "have bits set beyond the 12" in found.doubts[0] and "3071 HU" in found.doubts[0]


def test_the_bits_of_a_sign_are_no_overlay(tmp_path, dataset, save):
    values = np.clip(HU, -1000, 1000)
    data = dataset(values, (0, 0, 0), BitsStored=12, HighBit=11, PixelRepresentation=1, RescaleIntercept=0)
    assert not read(save(data, tmp_path / "extended.dcm")).doubts
    data.PixelData = (np.frombuffer(data.PixelData, "<u2") & 0x0FFF).tobytes()
    found = read(save(data, tmp_path / "bare.dcm"))
    assert np.array_equal(found.hu[0], values) and not found.doubts


@pytest.fixture
def tissue():
    """Rows that go smoothly from air over tissue to bone, with noise."""
    x = np.linspace(0, 6 * np.pi, 120)
    smooth = 450 - 1400 * np.cos(x)[None] + np.linspace(0, 40, 100)[:, None]
    return np.rint(np.clip(smooth + np.random.default_rng(3).normal(0, 8, smooth.shape), -1000, 1800))


@pytest.mark.parametrize(("written", "said"), [
    ({"PixelRepresentation": 1, "RescaleIntercept": 0}, 0), ({"BitsStored": 12, "HighBit": 11}, 1)])
def test_pixels_with_another_sign_than_the_header_says_are_refused(tmp_path, dataset, save, tissue, written, said):
    data = dataset(tissue, (0, 0, 0), **written)
    assert np.array_equal(read(save(data, tmp_path / "right.dcm")).hu[0], tissue)
    data.PixelRepresentation = said
    with pytest.raises(InputError, match=r"cannot be (un)?signed as its header says"):
        read(save(data, tmp_path / "wrong.dcm"))


def test_signed_padding_under_an_unsigned_header_is_refused(tmp_path, dataset, save, tissue):
    data = dataset(tissue, (0, 0, 0))
    stored = np.frombuffer(data.PixelData, "<i2").reshape(tissue.shape).copy()
    stored[:, :10] = -2000
    data.PixelData = stored.tobytes()
    with pytest.raises(InputError, match="cannot be unsigned"):
        read(save(data, tmp_path / "a.dcm"))


def test_saturated_metal_beside_air_is_no_wrong_sign(tmp_path, dataset, save, tissue):
    values = tissue.copy()
    values[10:60:2, 30:90] = 3071
    values[11:60:2, 30:90] = -1024
    values[20:50, 40:80:2] = -1024
    data = dataset(values, (0, 0, 0), BitsStored=12, HighBit=11)
    assert np.array_equal(read(save(data, tmp_path / "a.dcm")).hu[0], values)


def test_a_run_length_picture_of_garbage_is_refused(tmp_path, dataset, save):
    data = dataset(HU, (0, 0, 0))
    data.compress(RLELossless)
    content = bytearray(save(data, tmp_path / "a.dcm").read_bytes())
    at = content.rindex(b"\x02\0\0\0\x40\0\0\0")
    for garbage in (b"\0" * 8, b"\xff" * 8, b"\x02\0\0\0\xff\xff\xff\xff"):
        content[at:at + 8] = garbage
        (tmp_path / "a.dcm").write_bytes(content)
        with pytest.raises(InputError, match=r"a\.dcm is damaged"):
            read(tmp_path / "a.dcm")


@pytest.fixture
def jpeg_2000(tmp_path):
    """Return a file in JPEG 2000."""
    image = sitk.GetImageFromArray(HU[None].astype(np.int16))
    writer = sitk.ImageFileWriter()
    writer.SetImageIO("GDCMImageIO")
    writer.SetFileName(str(tmp_path / "a.dcm"))
    writer.UseCompressionOn()
    writer.SetCompressor("JPEG2000")
    image.SetMetaData("0008|0060", "CT")
    image.SetMetaData("0008|0016", "1.2.840.10008.5.1.4.1.1.2")
    writer.Execute(image)
    return tmp_path / "a.dcm"


@pytest.mark.parametrize("irreversible", [True, False])
def test_a_picture_that_lost_detail_is_known_by_itself(irreversible):
    stream = io.BytesIO()
    Image.fromarray(np.arange(4096, dtype=np.uint16).reshape(64, 64)).save(
        stream, format="JPEG2000", irreversible=irreversible, no_jp2=True)
    assert loses_detail(stream.getvalue(), JPEG2000) == irreversible
    assert loses_detail(b"", JPEGLSNearLossless) and not loses_detail(b"", JPEGLSLossless)


def test_a_picture_that_is_cut_within_is_refused(jpeg_2000):
    data = pydicom.dcmread(jpeg_2000)
    picture = b"".join(pydicom.encaps.generate_fragments(data.PixelData[8:]))
    data.PixelData = pydicom.encaps.encapsulate([picture[:len(picture) // 2]])
    data.save_as(jpeg_2000)
    with pytest.raises(InputError, match="is truncated"):
        read(jpeg_2000)


def test_a_picture_of_another_size_than_the_header_says_is_refused(jpeg_2000):
    data = pydicom.dcmread(jpeg_2000)
    data.Rows, data.Columns = 4000, 4000
    data.save_as(jpeg_2000)
    with pytest.raises(InputError, match="its picture has 9 x 12 pixels of 1 values, its header says 4000 x 4000"):
        read(jpeg_2000)


def test_the_process_that_decodes_may_die(jpeg_2000):
    file = read_header(jpeg_2000)
    data = pydicom.dcmread(jpeg_2000)
    picture = b"".join(pydicom.encaps.generate_fragments(data.PixelData[8:]))
    with Decoder() as decoder:
        right = decoder.decode(picture, JPEG2000Lossless, file.pixels)
        with pytest.raises(DamagedPixelsError, match="cannot be decoded"):
            decoder.decode(b"\xff" * 500, JPEG2000Lossless, file.pixels)
        decoder._process.kill()
        decoder._process.wait()
        assert np.array_equal(decoder.decode(picture, JPEG2000Lossless, file.pixels), right)
        process = decoder._process
    assert process.poll() is not None


def test_a_transfer_syntax_of_a_vendor_is_named(tmp_path, dataset, save):
    path = save(dataset(HU, (0, 0, 0)), tmp_path / "a.dcm")
    path.write_bytes(path.read_bytes().replace(EXPLICIT, b"1.2.840.113619.5.2\0\0"))
    with pytest.raises(InputError, match="stored in a way that cannot be decoded"):
        read_ct(path)
