"""How NIfTI places voxels, in files that are written byte by byte."""

from __future__ import annotations

import gzip
import struct

import numpy as np
import pytest
from icac.ct import read_ct
from icac.errors import InputError
from icac.geometry import Frame

SIZE = (5, 4, 3)
VALUES = np.random.default_rng(1).integers(-1000, 900, SIZE[::-1]).astype(np.int16)
#: Voxel index to RAS: a head in LPS order.
RAS = np.array([[-0.5, 0, 0, 40], [0, -0.6, 0, 30.5], [0, 0, 1.5, -20.25], [0, 0, 0, 1]])
LPS = Frame(np.diag([-1.0, -1, 1, 1]) @ RAS, SIZE)


def write(path, *, codes=(1, 1), srow=RAS, quatern=(0, 0, 1), qfac=1.0, offset=tuple(RAS[:3, 3]), units=2, slope=1.0,
          intercept=0.0, start=352.0, order="<", zooms=(0.5, 0.6, 1.5)):
    header = bytearray(352)
    for place, kind, values in ((0, "i", (348,)), (40, "8h", (3, *SIZE, 1, 1, 1, 1)), (70, "2h", (4, 16)),
                                (76, "8f", (qfac, *zooms, 0, 0, 0, 0)), (108, "3f", (start, slope, intercept)),
                                (252, "2h", codes), (256, "3f", quatern), (268, "3f", offset),
                                (280, "12f", np.ravel(srow[:3]))):
        struct.pack_into(order + kind, header, place, *values)
    header[123], header[344:348] = units, b"n+1\0"
    data = bytes(header) + VALUES.astype(order + "i2").tobytes()
    path.write_bytes(gzip.compress(data, 1) if path.suffix == ".gz" else data)
    return path


@pytest.mark.parametrize("options", [
    {}, {"order": ">"}, {"codes": (1, 0), "srow": np.full((3, 4), 9.0)}, {"codes": (0, 2)},
    {"qfac": 0.0, "codes": (1, 0)},
    {"srow": np.zeros((3, 4))}, {"codes": (1, 2), "srow": 1.2 * RAS},
], ids=str)
@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
def test_the_form_of_the_scanner_counts(options, name, tmp_path):
    scan = read_ct(write(tmp_path / name, **options))
    assert scan.volume.frame.matches(LPS, 1e-4) and scan.corrections == ()
    assert np.array_equal(scan.volume.array, VALUES)


@pytest.mark.parametrize(("units", "mm"), [(1, 1000.0), (3, 0.001)])
def test_metres_and_micrometres(units, mm, tmp_path):
    small = RAS[:3] / mm
    path = write(tmp_path / "a.nii", srow=small, zooms=np.array([0.5, 0.6, 1.5]) / mm, offset=small[:, 3], units=units)
    for codes in ((1, 1), (1, 0)):
        struct_codes = struct.pack("<2h", *codes)
        data = path.read_bytes()
        path.write_bytes(data[:252] + struct_codes + data[256:])
        assert read_ct(path).volume.frame.matches(LPS, 1e-3)


def test_a_left_handed_qform(tmp_path):
    path = write(tmp_path / "a.nii", codes=(1, 0), qfac=-1.0)
    flipped = LPS.affine.copy()
    flipped[:3, 2] *= -1
    assert read_ct(path).volume.frame.matches(Frame(flipped, SIZE), 1e-4)


def test_forms_that_exchange_sides_are_told(tmp_path):
    scan = read_ct(write(tmp_path / "a.nii", quatern=(0, 0, 0)))
    assert scan.volume.frame.matches(LPS, 1e-4)
    assert "the sform was taken" in scan.corrections[0]


def test_two_sizes_of_a_voxel_are_told(tmp_path):
    scan = read_ct(write(tmp_path / "a.nii", codes=(0, 1), zooms=np.array([0.45, 0.6, 1.5])))
    assert scan.volume.frame.matches(LPS, 1e-4)
    assert "0.5 x 0.6 x 1.5 by the place of its axes and 0.45 x 0.6 x 1.5 (pixdim)" in scan.corrections[0]


def test_the_space_of_a_template_is_told(tmp_path):
    assert "space of a template" in read_ct(write(tmp_path / "a.nii", codes=(0, 4))).corrections[0]


@pytest.mark.parametrize(("slope", "intercept", "expected"), [
    (0.0, -1024.0, VALUES), (float("nan"), float("nan"), VALUES),
    (2.0, -24.0, np.maximum(2 * VALUES.astype(int) - 24, -1024))])
def test_slope_and_intercept(slope, intercept, expected, tmp_path):
    assert np.array_equal(read_ct(write(tmp_path / "a.nii", slope=slope, intercept=intercept)).volume.array, expected)


@pytest.mark.parametrize("start", [float("nan"), float("inf"), 1e30])
def test_voxels_that_begin_nowhere(start, tmp_path):
    with pytest.raises(InputError, match="begin at byte"):
        read_ct(write(tmp_path / "a.nii.gz", start=start))


def test_without_a_form_the_user_must_tell(tmp_path):
    path = write(tmp_path / "a.nii.gz", codes=(0, 0))
    with pytest.raises(InputError, match="does not say where left and right are"):
        read_ct(path)
    for assume, signs in (("lps", (1, 1, 1)), ("ras", (-1, -1, 1))):
        scan = read_ct(path, assume=assume)
        assert np.allclose(scan.volume.frame.affine, np.diag([0.5, 0.6, 1.5, 1]) * [*signs, 1], atol=1e-6)
        assert assume.upper() in scan.corrections[0] and "exchanged" in scan.corrections[0]
    with pytest.raises(InputError, match="lps or ras"):
        read_ct(path, assume="left")


def test_the_named_file_is_read_and_not_its_neighbour(tmp_path):
    write(tmp_path / "a.nii.gz")
    write(tmp_path / "a.nii", codes=(0, 1), srow=RAS * [[-1], [1], [1], [1]])
    assert read_ct(tmp_path / "a.nii.gz").volume.frame.matches(LPS, 1e-4)
    assert not read_ct(tmp_path / "a.nii").volume.frame.matches(LPS, 1e-4)
