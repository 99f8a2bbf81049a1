"""Headers that lie, and files that are damaged: one sentence, and no memory taken for what is not there."""

from __future__ import annotations

import gzip
import os
import resource
import zlib

import numpy as np
import pytest
from icac.ct import read_ct, write_volume
from icac.errors import InputError
from icac.geometry import Frame, Volume

VOLUME = Volume(np.random.default_rng(2).integers(-1000, 900, (9, 8, 7)).astype(np.int16),
                Frame.regular((0.5, 0.6, 1.5), (7, 8, 9), origin=(1, 2, 3)))
NRRD = (b"NRRD0004\ntype: short\ndimension: 3\nspace: LPS\nsizes: %s\nspace directions: (1,0,0) (0,1,0) (0,0,1)\n"
        b"endian: little\nencoding: %s\n%s\n")
META = (b"ObjectType = Image\nNDims = %s\nBinaryData = True\nCompressedData = %s\nTransformMatrix = 1 0 0 0 1 0 0 0 1\n"
        b"ElementSpacing = 1 1 1\nDimSize = %s\nElementType = MET_SHORT\nElementDataFile = %s\n")


def refused(path, words="cannot be read"):
    with pytest.raises(InputError, match=words) as caught:
        read_ct(path)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 700


@pytest.fixture
def little_memory():
    """Let a test take no more than a few hundred MB beyond what is taken."""
    with open("/proc/self/statm") as stream:
        taken = int(stream.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (taken + (400 << 20), before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.mark.parametrize("name", ["a.nii.gz", "a.nrrd"])
@pytest.mark.parametrize("place", [-1, -6, -40], ids=["size", "checksum", "voxels"])
def test_a_wrong_checksum_is_seen(name, place, tmp_path):
    path = write_volume(VOLUME, tmp_path / name)
    data = bytearray(path.read_bytes())
    data[place] ^= 0x55
    path.write_bytes(data)
    refused(path)


@pytest.mark.parametrize(("written", "renamed", "said"), [
    ("a.nii", "b.nii.gz", "it is not packed as its name"), ("a.nii.gz", "b.nii", "its name should end in .gz")])
def test_a_file_that_is_packed_otherwise_than_its_name_says(written, renamed, said, tmp_path):
    path = write_volume(VOLUME, tmp_path / written).rename(tmp_path / renamed)
    with pytest.raises(InputError, match=said):
        read_ct(path)


def test_a_wrong_checksum_in_a_metaimage_is_seen(tmp_path):
    packed = bytearray(zlib.compress(VOLUME.array.tobytes()))
    (tmp_path / "a.mha").write_bytes(META % (b"3", b"True", b"7 8 9", b"LOCAL") + packed)
    assert np.array_equal(read_ct(tmp_path / "a.mha").volume.array, VOLUME.array)
    packed[-1] ^= 1
    (tmp_path / "a.mha").write_bytes(META % (b"3", b"True", b"7 8 9", b"LOCAL") + packed)
    refused(tmp_path / "a.mha")


@pytest.mark.parametrize(("name", "content"), [
    ("sizes.nrrd", NRRD % (b"A" * 5000, b"raw", b"")),
    ("directions.nrrd", (NRRD % (b"7 8 9", b"raw", b"")).replace(b"(1,0,0)", b"(" + b"1" * 9000 + b",0,0)")),
    ("infinite.nrrd", (NRRD % (b"7 8 9", b"raw", b"")).replace(b"(1,0,0)", b"(nan,0,0)") + bytes(2000)),
    ("huge.nrrd", NRRD % (b"60000 60000 60000", b"raw", b"")),
    ("short.nrrd", NRRD % (b"2048 2048 200", b"raw", b"") + bytes(100)),
    ("packed.nrrd", NRRD % (b"2048 2048 200", b"gzip", b"") + gzip.compress(bytes(100))),
    ("negative.nrrd", NRRD % (b"-7 8 9", b"raw", b"")),
    ("unit.nrrd", NRRD % (b"7 8 9", b"raw", b'space units: "inch" "inch" "inch"\n') + bytes(1008)),
    ("steps.nrrd", NRRD % (b"7 8 9", b"raw", b"old min: 0\nold max: 9\n") + bytes(1008)),
    ("unit.mha", META.replace(b"NDims", b"DistanceUnits = inch\nNDims") % (b"3", b"False", b"7 8 9", b"LOCAL")
     + bytes(1008)),
    ("two_places.mha", META.replace(b"NDims", b"Position = 1 2 3\nOffset = 1 2 4\nNDims")
     % (b"3", b"False", b"7 8 9", b"LOCAL") + bytes(1008)),
    ("mirrored.mha", META.replace(b"Spacing = 1 1 1", b"Spacing = -1 1 1") % (b"3", b"False", b"7 8 9", b"LOCAL")
     + bytes(1008)),
    ("two_beginnings.mha", META.replace(b"NDims", b"HeaderSize = 4\nNDims") % (b"3", b"False", b"7 8 9", b"LOCAL")
     + bytes(1012)),
    ("bzip.nrrd", NRRD % (b"7 8 9", b"bzip2", b"")),
    ("device.nhdr", NRRD % (b"7 8 9", b"raw", b"data file: /dev/zero\n")),
    ("folder.nhdr", NRRD % (b"7 8 9", b"raw", b"data file: .\n")),
    ("gone.nhdr", NRRD % (b"7 8 9", b"raw", b"data file: gone.raw\n")),
    ("many.nhdr", NRRD % (b"7 8 9", b"raw", b"data file: s%03d.raw 1 900000000 1\n")),
    ("axes.mha", META % (b"99999999999", b"False", b"7 8 9", b"LOCAL")),
    ("eleven.mha", META % (b"11", b"False", b"7 8 9", b"LOCAL")),
    ("zero.mha", META % (b"3", b"False", b"7 0 9", b"LOCAL")),
    ("short.mha", META % (b"3", b"False", b"2048 2048 200", b"LOCAL") + bytes(100)),
    ("device.mhd", META % (b"3", b"False", b"1024 1024 100", b"/dev/zero")),
    ("long.mha", b"A" * 100_000), ("empty.mha", b""), ("long.nrrd", b"NRRD0004\n" + b"A" * 100_000),
], ids=lambda value: value if isinstance(value, str) else "")
def test_text_headers_that_lie(name, content, little_memory, tmp_path):
    (tmp_path / name).write_bytes(content)
    refused(tmp_path / name)


def test_a_file_that_unpacks_to_far_more_than_announced(little_memory, tmp_path):
    data = gzip.decompress(write_volume(VOLUME, tmp_path / "a.nii.gz").read_bytes())
    (tmp_path / "a.nii.gz").write_bytes(gzip.compress(data, 1) + gzip.compress(bytes(40 << 20), 1))
    refused(tmp_path / "a.nii.gz", "far more than its header announces")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "a.nrrd", "a.mha"])
def test_a_pipe_is_not_waited_for(name, tmp_path):
    os.mkfifo(tmp_path / name)
    refused(tmp_path / name, "is not a plain file")


@pytest.mark.skipif(os.name == "nt", reason="names are Unicode there")
@pytest.mark.parametrize("name", ["a.nii.gz", "a.nrrd", "a.mha"])
def test_names_that_are_no_utf_8(name, tmp_path):
    folder = tmp_path / os.fsdecode(b"M\xfcller")
    folder.mkdir()
    (folder / name).write_bytes(write_volume(VOLUME, tmp_path / name).read_bytes())
    assert np.array_equal(read_ct(folder / name).volume.array, VOLUME.array)


def test_a_name_that_is_too_long(tmp_path):
    refused(tmp_path / ("a" * 5000 + ".nii"), "does not exist")


def test_a_file_that_changes_while_it_is_read(tmp_path, monkeypatch):
    from icac.ct.formats import source, voxels

    path = write_volume(VOLUME, tmp_path / "a.nrrd")
    finish = source.Source.finish

    def meanwhile(self):
        finish(self)
        path.write_bytes(path.read_bytes() + b" ")

    monkeypatch.setattr(voxels.Source, "finish", meanwhile)
    refused(path, "changed while it was read")


@pytest.mark.parametrize(("name", "content"), [
    ("a.nrrd", (NRRD % (b"7 8 9", b"raw", b"")).replace(b"space: LPS\n", b"space dimension: 3\n")),
    ("a.mha", (META % (b"3", b"False", b"7 8 9", b"LOCAL")).replace(b"TransformMatrix = 1 0 0 0 1 0 0 0 1\n", b""))])
def test_without_orientation_the_user_must_tell(name, content, tmp_path):
    (tmp_path / name).write_bytes(content + VOLUME.array.tobytes())
    refused(tmp_path / name, "--assume-lps")
    assert read_ct(tmp_path / name, assume="ras").volume.frame.affine[0, 0] == -1.0
