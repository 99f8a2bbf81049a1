from __future__ import annotations

import numpy as np
import pytest
from icac.ct import read_ct
from icac.ct.regularize import regularize

TILT = np.radians(18.5)
TILTED = np.array([[1.0, 0, 0], [0, np.cos(TILT), -np.sin(TILT)]])
HEIGHTS = np.concatenate([np.arange(14) * 4.2, 13 * 4.2 + 1.1 + np.arange(14) * 7.3])  # as a real protocol has them


def ramp(points):
    return points @ (1.3, -0.7, 2.1) - 100.0


def blob(points):
    center, width = (3.0, 6.0, 62.0), (9.0, 10.0, 11.0)
    return -1000.0 + 1500.0 * np.exp(-0.5 * (((points - center) / width) ** 2).sum(axis=-1))


def table_steps(heights):
    return [(-50.0, -30.0, z) for z in heights]


def covered(volume, margin=3.0):
    """Mask of voxels that lie inside the slices at all depths that were used for them."""
    points = volume.frame.to_lps(np.moveaxis(np.indices(volume.frame.size), 0, -1))
    normal = np.cross(*TILTED)
    depth = (points - (-50, -30, 0)) @ normal
    along = (points - (-50, -30, 0)) @ TILTED[1]
    drift = -depth * np.tan(TILT)  # of the first row at this depth
    inside = (along > drift + margin) & (along < drift + 95 * 0.8 - margin)
    return points, inside & (points[..., 0] < -50 + 99 * 1.0 - margin)


@pytest.fixture
def uneven(tmp_path, make_series):
    def read(function):
        return read_ct(make_series(tmp_path, function, table_steps(HEIGHTS), orientation=TILTED, spacing=(1.0, 0.8),
                                   shape=(96, 100), SliceThickness=4))
    return read


def test_tilted_uneven_slices_put_every_value_at_its_true_position(uneven):
    scan = uneven(ramp)
    points, inside = covered(scan.volume)
    error = scan.volume.array.transpose(2, 1, 0) - ramp(points)
    assert inside.mean() > 0.4
    assert np.abs(error[inside]).max() <= 2.0  # rounding twice, and the end slice repeated for a part of a step


def test_an_off_centre_object_keeps_its_place_and_mass(uneven):
    scan = uneven(blob)
    weight = (scan.volume.array.transpose(2, 1, 0) + 1000.0).clip(0)
    points = scan.volume.frame.to_lps(np.moveaxis(np.indices(scan.volume.frame.size), 0, -1))
    weight[weight < 5] = 0
    center = (points * weight[..., None]).sum(axis=(0, 1, 2)) / weight.sum()
    assert center == pytest.approx((3.0, 6.0, 62.0), abs=0.25)
    mass = weight.sum() * scan.volume.frame.voxel_volume_mm3
    assert mass == pytest.approx(1500 * (2 * np.pi) ** 1.5 * 9 * 10 * 11, rel=0.02)


def test_the_output_is_orthogonal_and_as_fine_as_the_finest_stretch(uneven):
    scan = uneven(ramp)
    assert scan.resampled and not scan.volume.frame.is_sheared
    assert scan.volume.frame.spacing == pytest.approx((1.0, 0.8, 4.2 * np.cos(TILT)), abs=1e-4)
    assert scan.volume.frame.direction[:, 2] == pytest.approx(np.cross(*TILTED))


def test_the_corrections_name_tilt_distances_and_holes(uneven):
    text = " ".join(uneven(ramp).corrections)
    assert "tilted by 18.5 degrees" in text
    assert "1.04 to 6.92 mm" in text
    assert "13 of 27 gaps" in text and "2.9 mm unseen" in text


def test_even_tilted_slices_are_only_shifted_in_their_planes(tmp_path, make_series):
    rng = np.random.default_rng(3)
    planes = iter(rng.integers(-900, 900, (9, 20, 24)))
    # Each slice drifts by exactly two rows: whole voxels, so that the values must be found unchanged.
    drop = 2 * 0.5 / np.sin(TILT)
    folder = make_series(tmp_path, lambda points: next(planes), table_steps(np.arange(9) * drop), orientation=TILTED)
    scan = read_ct(folder)
    expected = np.random.default_rng(3).integers(-900, 900, (9, 20, 24))
    assert scan.volume.array.shape == (9, 36, 24)
    for n in range(9):
        start = 16 - 2 * n
        assert np.array_equal(scan.volume.array[n, start:start + 20], expected[n])
    assert (scan.volume.array == -1024).sum() == 9 * 16 * 24


@pytest.mark.parametrize("heights", [HEIGHTS, np.arange(27) * 2.4], ids=["uneven", "even"])
@pytest.mark.parametrize("negated", [(True, False), (False, True), (True, True)], ids=["rows", "columns", "both"])
@pytest.mark.parametrize("transposed", [False, True])
def test_the_same_slices_make_the_same_voxels_however_they_are_stored(heights, negated, transposed):
    """Negating one axis turns the normal, so that the slices are read from the other end."""
    spacing, shape = np.array([0.5, 0.8]), (40, 30)
    hu = np.random.default_rng(7).integers(-50, 900, (len(heights), *shape)).astype(np.int16)
    positions, orientation = np.array([(-7.0, -11.0, z) for z in heights]), TILTED.copy()
    usual = regularize(hu, positions, orientation, tuple(spacing), np.full(len(heights), np.nan)).volume
    for axis in np.flatnonzero(negated):
        positions = positions + orientation[axis] * spacing[axis] * (shape[1 - axis] - 1)
        orientation[axis] *= -1
        hu = np.flip(hu, 2 - axis)
    if transposed:
        hu, orientation, spacing = np.swapaxes(hu, 1, 2), orientation[::-1], spacing[::-1]
    if np.cross(*orientation)[2] < 0:
        hu, positions = hu[::-1], positions[::-1]
    other = regularize(hu, positions, orientation, tuple(spacing), np.full(len(heights), np.nan)).volume
    where = other.frame.to_index(usual.frame.to_lps(np.moveaxis(np.indices(usual.frame.size), 0, -1)))
    index = np.rint(where).astype(int)
    assert np.abs(where - index).max() < 0.01, "the grids are one"
    inside = ((index >= 1) & (index < np.array(other.frame.size) - 1)).all(axis=-1)
    found = other.array.transpose(2, 1, 0)[tuple(index[inside].T)].astype(int)
    values = usual.array.transpose(2, 1, 0)[inside].astype(int)
    shown = (found > -1024) & (values > -1024)  # of a fraction of a voxel at one end of a slice nothing is known
    assert shown.mean() > 0.3 and np.abs(found - values)[shown].max() <= 1


def test_shift_by_a_fraction_of_a_voxel_moves_an_edge_the_right_way():
    axes = np.eye(3)[:2]
    hu = np.zeros((3, 16, 16), dtype=np.float32)
    hu[:, 5:9, 7:12] = 1000  # far from -1024, where undershoot would be cut
    positions = np.array([[0.0, 0, 0], [0.25, -0.5, 2], [0.5, -1.0, 4]])
    out = regularize(hu, positions, axes, (1.0, 1.0), np.full(3, 2.0)).volume
    for n, plane in enumerate(out.array):
        weight = np.where(plane == -1024, 0, plane)
        points = out.frame.to_lps(np.stack([*np.meshgrid(np.arange(plane.shape[1]), np.arange(plane.shape[0])),
                                            np.full(plane.shape, n)], axis=-1))
        center = (points * weight[..., None]).sum(axis=(0, 1)) / weight.sum()
        assert center == pytest.approx(positions[n] + (9, 6.5, 0), abs=0.02)


def test_even_untilted_slices_keep_their_voxels_and_their_oblique_frame():
    turn = np.radians(20)
    axes = np.array([[np.cos(turn), np.sin(turn), 0], [-np.sin(turn), np.cos(turn), 0]])
    hu = np.random.default_rng(1).integers(-1000, 1000, (5, 6, 7)).astype(np.int16)
    positions = np.array([[1.0, 2, 3 + 1.25 * n + (0.004 if n == 2 else 0)] for n in range(5)])
    regular = regularize(hu, positions, axes, (0.4, 0.6), np.full(5, 1.25))
    assert regular.volume.array is hu and not regular.resampled and regular.corrections == ()
    assert regular.volume.frame.to_lps((2, 3, 4)) == pytest.approx(
        positions[0] + 0.8 * axes[0] + 1.8 * axes[1] + (0, 0, 5.0))


def test_two_scans_of_one_phantom_agree_once_the_tilt_is_undone(shared_data):
    """Both scans share a frame of reference; the phantom was moved by less than a millimetre between them."""
    straight = read_ct(shared_data / "skull_phantom_philips_1mm").volume
    tilted = read_ct(shared_data / "skull_phantom_philips_tilted").volume
    step = (slice(5, 135, 4), slice(60, 460, 4), slice(60, 460, 4))
    points = straight.frame.to_lps(np.stack([*np.mgrid[step]][::-1], axis=-1))
    index = np.rint(tilted.frame.to_index(points)).astype(int)
    valid = ((index >= 0) & (index < tilted.frame.size)).all(axis=-1)
    other = tilted.array[tuple(index[valid].T[::-1])]
    assert valid.mean() > 0.8
    assert np.corrcoef(straight.array[step][valid], other)[0, 1] > 0.93


def test_the_tilted_uneven_clinical_scan(shared_data):
    scan = read_ct(shared_data / "head_ct_ge")
    text = " ".join(scan.corrections)
    assert scan.resampled and not scan.volume.frame.is_sheared
    assert "tilted by 18.5 degrees" in text and "1.08 to 7.00 mm" in text
    assert scan.volume.frame.spacing == pytest.approx((0.48828, 0.48828, 4.0019), abs=1e-3)
    # The first 14 slices are the finest stretch: each has an output slice of its own at its own depth.
    first = scan.volume.frame.to_index((-125.0, -123.5404569, 5.8360586))
    assert first[2] == pytest.approx(round(first[2]), abs=1e-3)
