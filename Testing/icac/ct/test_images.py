from __future__ import annotations

import gzip
import json
import struct

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
from icac.ct import read_ct, write_volume
from icac.errors import InputError
from icac.geometry import Frame, Volume

SHEARED = np.array([[0.5, 0, 0, -10.25], [0, 0.48, -1.9, 20.5], [0, 0.17, 4, 30], [0, 0, 0, 1]], dtype=float)
ARRAY = np.random.default_rng(4).integers(-1000, 2000, (4, 5, 6)).astype(np.int16)


def write_nifti(path, affine_ras, array, *, qform=False):
    """A NIfTI-1 file as other programs write it, with an sform of any kind and a quaternion or none."""
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, *array.shape[::-1], 1, 1, 1, 1)
    struct.pack_into("<hh", header, 70, 4, 16)
    struct.pack_into("<8f", header, 76, 1.0, *np.linalg.norm(affine_ras[:3, :3], axis=0), 0, 0, 0, 0)
    struct.pack_into("<f", header, 108, 352.0)
    struct.pack_into("<hh", header, 252, int(qform), 1)
    struct.pack_into("<12f", header, 280, *affine_ras[:3].ravel())
    header[344:348] = b"n+1\0"
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "wb") as stream:
        stream.write(bytes(header) + array.astype("<i2").tobytes())
    return path


@pytest.mark.parametrize("name", ["a.nii.gz", "a.nii", "a.nrrd", "a.mha"])
def test_orthogonal_images_keep_frame_values_and_type(tmp_path, name):
    turn = np.radians(12)
    affine = np.eye(4)
    affine[:3, :3] = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]]) * \
        (0.5, 0.6, 1.5)
    affine[:3, 3] = (7, -8, 9)
    volume = Volume(ARRAY, Frame(affine, (6, 5, 4)))
    scan = read_ct(write_volume(volume, tmp_path / name))
    assert scan.volume.frame.matches(volume.frame)
    assert np.array_equal(scan.volume.array, ARRAY) and scan.volume.array.dtype == np.int16
    assert scan.corrections == () and not scan.resampled and len(scan.identity["sha256"]) == 64
    assert scan.kind == {"nii": "nifti", "nrr": "nrrd", "mha": "metaimage"}[name[2:5]]


def test_sheared_nrrd_keeps_its_frame(tmp_path):
    volume = Volume(ARRAY, Frame(SHEARED, (6, 5, 4)))
    scan = read_ct(write_volume(volume, tmp_path / "a.nrrd"))
    assert scan.volume.frame.is_sheared and scan.volume.frame.matches(volume.frame, 1e-6)


@pytest.mark.parametrize("qform", [False, True])
@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
def test_sheared_nifti_is_placed_by_its_sform(tmp_path, qform, name):
    ras = np.diag([-1.0, -1, 1, 1]) @ SHEARED
    scan = read_ct(write_nifti(tmp_path / name, ras, ARRAY, qform=qform))
    assert scan.volume.frame.matches(Frame(SHEARED, (6, 5, 4)), 1e-4)
    assert np.array_equal(scan.volume.array, ARRAY)


def test_whole_floats_become_int16_and_others_float32(tmp_path):
    frame = Frame.regular((1, 1, 1), (6, 5, 4))
    for offset, dtype in ((0.0, np.int16), (0.25, np.float32)):
        sitk.WriteImage(Volume(ARRAY + offset, frame).to_sitk(), str(tmp_path / "a.nrrd"))
        scan = read_ct(tmp_path / "a.nrrd")
        assert scan.volume.array.dtype == dtype
        assert np.array_equal(scan.volume.array, ARRAY + offset)


@pytest.mark.parametrize("place", [(0, 2), (2, 1), (1, 1)])
def test_lengths_that_no_scanner_has_are_refused(tmp_path, place):
    affine = SHEARED.copy()
    affine[place] = 1e30
    with pytest.raises(InputError, match=r"a\.nii is not valid \(lengths of 1e\+30 mm\)"):
        read_ct(write_nifti(tmp_path / "a.nii", np.diag([-1.0, -1, 1, 1]) @ affine, ARRAY))


def test_time_series_flat_images_and_colours_are_refused(tmp_path):
    cases = {"is a 4D image of 3 x 3 x 3 x 2": sitk.Image([3, 3, 3, 2], sitk.sitkInt16),
             "is a flat image": sitk.Image([9, 9], sitk.sitkInt16),
             "3 values a voxel": sitk.Image([3, 3, 3], sitk.sitkVectorUInt8, 3)}
    for text, image in cases.items():
        sitk.WriteImage(image, str(tmp_path / "a.nrrd"))
        with pytest.raises(InputError, match=text):
            read_ct(tmp_path / "a.nrrd")


def test_a_fourth_dimension_of_one_is_no_time_series(tmp_path):
    sitk.WriteImage(sitk.Image([3, 4, 5, 1], sitk.sitkInt16), str(tmp_path / "a.mha"))
    assert read_ct(tmp_path / "a.mha").volume.array.shape == (5, 4, 3)


@pytest.mark.parametrize("name", ["a.nii.gz", "a.nii", "a.nrrd", "a.mha"])
def test_damaged_files_are_refused_in_one_sentence(tmp_path, name):
    path = tmp_path / name
    for content in (b"", b"\x00" * 1000, b"not an image"):
        path.write_bytes(content)
        with pytest.raises(InputError, match="cannot be read") as caught:
            read_ct(path)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["a.nii.gz", "a.nii", "a.nrrd", "a.mha"])
@pytest.mark.parametrize("sheared", [False, True])
def test_a_truncated_file_is_refused(tmp_path, name, sheared):
    if sheared and name.startswith("a.nii"):
        path = write_nifti(tmp_path / name, SHEARED, ARRAY)
    else:
        path = write_volume(Volume(ARRAY, Frame.regular((1, 1, 1), (6, 5, 4))), tmp_path / name)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InputError, match=r"cannot be read|is truncated"):
        read_ct(path)


def test_the_sidecar_of_a_nifti_tells_of_the_scan(tmp_path):
    path = write_volume(Volume(ARRAY, Frame.regular((1, 1, 1), (6, 5, 4))), tmp_path / "a.nii.gz")
    sidecar = {"Modality": "CT", "ConvolutionKernel": "H31s", "SliceThickness": 5, "PatientName": "Secret"}
    (tmp_path / "a.json").write_text(json.dumps(sidecar))
    scan = read_ct(path)
    assert scan.identity["kernel"] == "H31s" and scan.thickness_mm == 5.0
    assert "Secret" not in str(scan.identity)


def test_a_gzip_of_several_blocks_is_complete(tmp_path):
    path = write_nifti(tmp_path / "a.nii", np.eye(4), ARRAY)
    content = path.read_bytes()
    blocks = tmp_path / "blocks.nii.gz"
    blocks.write_bytes(gzip.compress(content[:400]) + gzip.compress(content[400:]))
    assert np.array_equal(read_ct(blocks).volume.array, ARRAY)


def test_series_makes_no_sense_for_one_image(tmp_path):
    path = write_volume(Volume(ARRAY, Frame.regular((1, 1, 1), (6, 5, 4))), tmp_path / "a.mha")
    with pytest.raises(InputError, match="leave --series out"):
        read_ct(path, "3")
