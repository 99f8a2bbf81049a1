"""Headers that are taken apart in one go say what pydicom says of them, or are left to pydicom."""

from __future__ import annotations

import warnings
from io import BytesIO

import numpy as np
import pydicom
import pytest
from icac.ct.dicom.headers import TAGS
from icac.ct.dicom.plain_header import PlainHeader, plain_header
from icac.ct.dicom.values import tag_of, value_of
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian, JPEGLSLossless

WANTED = frozenset(int(tag_of(keyword)) for keyword in TAGS)


def stored(data: Dataset) -> bytes:
    stream = BytesIO()
    pydicom.dcmwrite(stream, data, enforce_file_format=True)
    return stream.getvalue()


def asserted_same(data: bytes) -> PlainHeader:
    """Compare every element that is wanted with what pydicom makes of it."""
    stream = BytesIO(data)
    expected = pydicom.dcmread(stream, stop_before_pixels=True, specific_tags=TAGS)
    found = plain_header(data, WANTED)
    assert found is not None and found[1] == stream.tell()
    header = found[0]
    for keyword in TAGS:
        assert (keyword in header) == (keyword in expected), keyword
        assert repr(value_of(header, keyword)) == repr(value_of(expected, keyword)), keyword
    for element in expected.file_meta:
        assert value_of(header.file_meta, element.keyword) == (element.value or None)
    return header


@pytest.fixture
def one(dataset):
    """One image with texts in two alphabets, empty elements and private ones."""
    def make(**elements) -> Dataset:
        data = dataset(np.zeros((4, 5)), (1, 2, 3), SpecificCharacterSet=["ISO 2022 IR 6", "ISO 2022 IR 87"],
                       SeriesDescription="Kopf \u5c71", ConvolutionKernel=["Br36", "3"], KVP="",
                       ContrastBolusAgent=None, AcquisitionNumber=7, PixelPaddingValue=63536,
                       ImageComments="x" * 3000, **elements)
        data.private_block(0x0019, "MAKER", create=True).add_new(0x10, "LO", "a private word")
        return data
    return make


def test_values_are_those_of_pydicom(one):
    header = asserted_same(stored(one()))
    assert value_of(header, "SeriesDescription") == "Kopf \u5c71" and "PatientName" not in header


def test_compressed_pixels_begin_where_pydicom_says(one):
    data = one()
    data.file_meta.TransferSyntaxUID = JPEGLSLossless
    data.PixelData = pydicom.encaps.encapsulate([b"\xff\xd8\xff\xd9"])
    data["PixelData"].is_undefined_length = True
    asserted_same(stored(data))


@pytest.mark.parametrize("undefined", [False, True])
def test_sequences_within_sequences_are_passed(one, undefined):
    inner, outer, data = Dataset(), Dataset(), one()
    inner.Rows, inner.SeriesDescription = 77, "of another image"
    outer.ReferencedSeriesSequence = Sequence([inner, Dataset()])
    outer.Modality = "MR"
    data.SourceImageSequence = Sequence([outer, inner])
    for holder, keyword in ((data, "SourceImageSequence"), (outer, "ReferencedSeriesSequence")):
        holder[keyword].is_undefined_length = undefined
        for item in holder[keyword].value:
            item.is_undefined_length_sequence_item = undefined
    header = asserted_same(stored(data))
    assert value_of(header, "Rows") == 4 and value_of(header, "Modality") == "CT"


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_what_is_stored_otherwise_is_left(one, syntax):
    data = one()
    data.file_meta.TransferSyntaxUID = syntax
    data["PixelData"].VR = "OW"
    assert plain_header(stored(data), WANTED) is None


def test_a_sequence_that_is_wanted_is_left(one):
    assert plain_header(stored(one(ContrastBolusAgentSequence=Sequence([Dataset()]))), WANTED) is None


def test_an_unknown_kind_of_value_is_left(one):
    data = stored(one())
    assert plain_header(data.replace(b"\x28\x00\x10\x00US", b"\x28\x00\x10\x00ZZ"), WANTED) is None
    assert plain_header(data.replace(b"\x28\x00\x10\x00US\x02\x00", b"\x28\x00\x10\x00UN\x00\x00\x02\x00\x00\x00"),
                        WANTED) is None


def test_a_header_that_is_cut_is_left(one):
    data = stored(one())
    whole = plain_header(data, WANTED)
    assert whole is not None
    assert all(plain_header(data[:length], WANTED) is None for length in range(0, whole[1] + 8, 7))


def test_endless_sequences_are_left(one):
    item = b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
    begin = b"\x08\x00\x40\x11SQ\x00\x00\xff\xff\xff\xff" + item
    data = stored(one())
    at = data.index(b"\x10\x00\x10\x00PN")
    assert plain_header(data[:at] + 3000 * begin + data[at:], WANTED) is None


def test_damaged_bytes_give_what_pydicom_gives_or_nothing(one):
    """What both read, they read alike; where pydicom warns or fails, its word is asked for by the reader."""
    data, random = stored(one()), np.random.default_rng(8)
    alike = 0
    for _ in range(300):
        damaged = bytearray(data)
        for at in random.integers(132, len(data) - 40, 3):
            damaged[at] = random.integers(256)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = plain_header(bytes(damaged), WANTED)
            if found is None:
                continue
            stream = BytesIO(bytes(damaged))
            expected = pydicom.dcmread(stream, force=True, stop_before_pixels=True, specific_tags=TAGS)
            assert stream.tell() == found[1]
            assert [keyword in found[0] for keyword in TAGS] == [keyword in expected for keyword in TAGS]
            assert [_told(found[0], keyword) for keyword in TAGS] == [_told(expected, keyword) for keyword in TAGS]
        alike += 1
    assert alike > 50


def _told(header: Dataset | PlainHeader, keyword: str) -> str:
    try:
        return repr(value_of(header, keyword))
    except ValueError as error:
        return f"wrong: {error}"
