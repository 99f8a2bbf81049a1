"""Good files are read as ITK reads them, voxel by voxel and to the same place."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
from icac.ct import read_ct
from icac.geometry import Frame, Volume

AFFINE = np.eye(4)
AFFINE[:3, :3] = np.linalg.qr(np.array([[2.0, 1, 0.3], [-0.7, 3, 0.4], [0.2, -0.5, 4]]))[0] * (0.5, 0.7, 1.9)
AFFINE[:3, 3] = (-31.25, 47.5, 12.125)
SIZE = (6, 5, 4)

#: Spaces that SimpleITK before 2.5.6 takes for others.
WRONG_IN_ITK = ("LAS",) if tuple(map(int, sitk.__version__.split(".")[:3])) < (2, 5, 6) else ()


def image(dtype, affine=AFFINE):
    values = np.random.default_rng(3).integers(0, 120, SIZE[::-1]).astype(dtype)
    if np.dtype(dtype).kind == "f":
        values -= 60.25
    return Volume(values, Frame(affine, SIZE)).to_sitk()


def agrees(path, tolerance=1e-4):
    expected, found = Volume.from_sitk(sitk.ReadImage(str(path))), read_ct(path).volume
    assert found.frame.matches(expected.frame, tolerance)
    assert np.array_equal(found.array, expected.array)
    return found


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "a.nrrd", "a.nhdr", "a.mha", "a.mhd"])
@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "i8", "f4", "f8"])
def test_values_and_places(dtype, name, packed, tmp_path):
    sitk.WriteImage(image(dtype), str(tmp_path / name), useCompression=packed)
    found = agrees(tmp_path / name)
    assert not found.frame.is_sheared
    assert found.array.dtype == (np.float32 if dtype in ("f4", "f8") else np.int16)


@pytest.mark.parametrize("name", ["a.nrrd", "a.mha"])
def test_mirrored_and_permuted_axes(name, tmp_path):
    affine = AFFINE[:, [2, 0, 1, 3]] * (1, -1, 1, 1)
    sitk.WriteImage(image("i2", affine), str(tmp_path / name))
    assert read_ct(tmp_path / name).volume.frame.matches(Frame(affine, SIZE), 1e-6)
    agrees(tmp_path / name)


def test_slices_in_files_of_their_own(tmp_path):
    whole = image("i2")
    sitk.WriteImage(whole, str(tmp_path / "whole.mhd"))
    raw = (tmp_path / "whole.raw").read_bytes()
    step = len(raw) // SIZE[2]
    names = [f"s{n:02d}.raw" for n in range(1, SIZE[2] + 1)]
    for n, name in enumerate(names):
        (tmp_path / name).write_bytes(raw[n * step:(n + 1) * step])
    header = (tmp_path / "whole.mhd").read_text()
    for text in ("LIST\n" + "\n".join(names), f"s%02d.raw 1 {SIZE[2]} 1"):
        (tmp_path / "parts.mhd").write_text(header.replace("whole.raw", text))
        agrees(tmp_path / "parts.mhd")
        nrrd = ("NRRD0004\ntype: int16\ndimension: 3\nsizes: 6 5 4\nendian: little\nencoding: raw\nspace: LPS\n"
                f"space directions: (1,0,0) (0,1,0) (0,0,2)\nspace origin: (1,2,3)\ndata file: {text}\n")
        (tmp_path / "parts.nhdr").write_text(nrrd)
        agrees(tmp_path / "parts.nhdr")


@pytest.mark.parametrize(("space", "signs"), [("left-posterior-superior", (1, 1, 1)),
                                              ("right-anterior-superior", (-1, -1, 1)), ("LAS", (1, -1, 1))])
def test_spaces_byte_orders_and_numbers_in_words(space, signs, tmp_path):
    values = np.arange(24, dtype=np.int16).reshape(4, 3, 2) - 7
    head = ("NRRD0005\n# a remark\ntype: signed short int\ndimension: 3\nsizes: 2 3 4\n"
            f"space: {space}\nspace directions: (0.5,0,0) (0,-0.6,0) (0.1,0,1.5)\nspace origin: (1,-2,3.5)\n")
    affine = np.diag([*signs, 1]) @ [[0.5, 0, 0.1, 1], [0, -0.6, 0, -2], [0, 0, 1.5, 3.5], [0, 0, 0, 1]]
    contents = {"big": b"endian: big\nencoding: raw\n\n" + values.astype(">i2").tobytes(),
                "words": b"encoding: ascii\n\n" + " ".join(map(str, values.ravel())).encode()}
    for name, content in contents.items():
        path = tmp_path / f"{name}.nrrd"
        path.write_bytes(head.encode() + content)
        found = read_ct(path).volume if space in WRONG_IN_ITK else agrees(path)
        assert found.frame.matches(Frame(affine, (2, 3, 4)), 1e-6)
        assert np.array_equal(found.array, values)


def test_a_metaimage_with_a_slope(tmp_path):
    sitk.WriteImage(image("i2"), str(tmp_path / "a.mha"))
    content = (tmp_path / "a.mha").read_bytes()
    expected = read_ct(tmp_path / "a.mha").volume.array
    words = b"ElementToIntensityFunctionSlope = 2\nElementToIntensityFunctionOffset = -1024\nElementDataFile"
    (tmp_path / "a.mha").write_bytes(content.replace(b"ElementDataFile", words))
    assert np.array_equal(read_ct(tmp_path / "a.mha").volume.array, 2 * expected - 1024)
