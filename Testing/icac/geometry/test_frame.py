from __future__ import annotations

import numpy as np
import pytest
from icac.geometry import Frame, Volume, lps_to_ras


@pytest.fixture
def sheared() -> Frame:
    affine = np.array([[0.5, 0, 0, -10], [0, 0.5, -1.9, 20], [0, 0, 4, 30], [0, 0, 0, 1]], dtype=float)
    return Frame(affine, (7, 5, 3))


def test_voxel_volume_of_a_sheared_frame_is_its_determinant(sheared):
    product = np.prod(sheared.spacing)
    assert sheared.is_sheared
    assert sheared.voxel_volume_mm3 == pytest.approx(0.5 * 0.5 * 4)
    assert product > 1.05 * sheared.voxel_volume_mm3


def test_index_and_lps_are_inverse(sheared):
    index = np.random.default_rng(1).uniform(-3, 9, (20, 3))
    assert np.allclose(sheared.to_index(sheared.to_lps(index)), index)


def test_crop_keeps_positions(sheared):
    part = sheared.crop((2, -1, 1), (3, 4, 2))
    assert np.allclose(part.to_lps((0, 0, 0)), sheared.to_lps((2, -1, 1)))
    assert part.shape == (2, 4, 3)


def test_matches_sees_a_small_shift(sheared):
    moved = Frame(sheared.affine + np.array([[0, 0, 0, 0.01]] + [[0] * 4] * 3), sheared.size)
    assert sheared.matches(Frame(sheared.affine, sheared.size))
    assert not sheared.matches(moved)


def test_sitk_round_trip_of_a_sheared_asymmetric_volume(sheared):
    volume = Volume(np.random.default_rng(2).normal(size=sheared.shape).astype(np.float32), sheared)
    back = Volume.from_sitk(volume.to_sitk())
    assert back.frame.matches(sheared, 1e-9)
    assert np.array_equal(back.array, volume.array)


def test_resample_puts_values_where_they_belong(sheared):
    positions = sheared.to_lps(np.moveaxis(np.indices(sheared.size), 0, -1))
    ramp = (positions @ (3.0, 5.0, 7.0)).transpose(2, 1, 0)
    shift = np.eye(4)
    shift[:3, 3] = (0.1, -0.05, 0.2)
    inner = Frame.regular((0.3, 0.2, 0.4), (3, 2, 2), center=tuple(sheared.to_lps((3, 2, 1))))
    out = Volume(ramp, sheared).resample(inner, shift)
    expected = (inner.to_lps(np.moveaxis(np.indices(inner.size), 0, -1)) + shift[:3, 3]) @ (3.0, 5.0, 7.0)
    assert np.allclose(out.array, expected.transpose(2, 1, 0))


def test_ras_is_lps_mirrored_in_x_and_y():
    assert lps_to_ras([1, 2, 3]).tolist() == [-1, -2, 3]
