from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from icac.anatomy import Side
from icac.calcium import is_calcium_dense
from icac.geometry import Frame
from icac.simulate.patient.calcification import draw_calcification
from icac.simulate.patient.mimics import Strand
from icac.simulate.patient.texture import draw_texture
from icac.simulate.scanner.acquisition import draw_acquisition, draw_pose
from icac.simulate.scanner.kernel import Kernel
from icac.simulate.scanner.scan import acquire
from icac.simulate.truth.rule import truth_mask, voxels_that_stand_out

SMALL = Frame.regular((1, 1, 1), (30, 30, 16), center=(0, 0, 0))


def head_points(scan, mask: np.ndarray) -> np.ndarray:
    points = scan.ct.frame.to_lps(np.argwhere(mask)[:, ::-1])
    rest = np.linalg.inv(scan.acquisition.pose)
    return points @ rest[:3, :3].T + rest[:3, 3]


def ball(center: tuple[float, float, float], radius: float, hu: float) -> Strand:
    points = np.array([center, center], dtype=float)
    return Strand("ball", points, np.array([radius, radius]), hu,
                  draw_texture(np.random.default_rng(0), 3.0, 0.0, 0.0))


def test_same_seed_same_scan(uniform_head, courses):
    lesions = draw_calcification(courses, np.random.default_rng(1), "stroke", 60.0).lesions
    scans = []
    for seed in (3, 3, 4):
        rng = np.random.default_rng(seed)
        acquisition = draw_acquisition(rng, "routine")
        scans.append(acquire(uniform_head(), lesions, [], acquisition, rng, SMALL))
    assert scans[0].ct.frame.matches(scans[1].ct.frame)
    np.testing.assert_array_equal(scans[0].ct.array, scans[1].ct.array)
    assert not scans[0].ct.frame.matches(scans[2].ct.frame)


@pytest.mark.parametrize("tilt", [0.0, 18.0])
def test_truth_is_dense_and_lies_on_the_wall_of_its_side(uniform_head, courses, plain_scan, tilt):
    rng = np.random.default_rng(2)
    lesions = [lesion for lesion in draw_calcification(courses, rng, "stroke", 300.0).lesions
               if lesion.side is Side.LEFT]
    acquisition = replace(plain_scan, tilt_deg=tilt, noise_sd=8.0, pose=draw_pose(rng, 6.0, 15.0))
    scan = acquire(uniform_head(), lesions, [], acquisition, rng, uniform_head().region(6, 6, 6))
    truth = scan.icac.array > 0
    assert truth.any()
    assert is_calcium_dense(scan.ct.array[truth]).all()
    points = head_points(scan, truth)
    assert points[:, 0].min() > 0, "the patient's left is LPS +x"
    nearest = courses[Side.LEFT].nearest(points)
    assert (nearest.distance_mm - courses[Side.LEFT].radius_mm[nearest.sample]).max() < 2.0
    assert np.array_equal(scan.lesion_labels.array > 0, truth), "without bone nothing is hidden"
    assert scan.ct.frame.is_sheared == (tilt != 0)


def test_region_of_interest_above_130_hu_is_the_truth(uniform_head, courses, plain_scan):
    rng = np.random.default_rng(6)
    lesions = draw_calcification(courses, rng, "stroke", 200.0).lesions
    scan = acquire(uniform_head(), lesions, [], replace(plain_scan, noise_sd=10.0), rng,
                   uniform_head().region(6, 6, 6))
    roi = scan.roi.array > 0
    assert roi.sum() > 2 * scan.icac.array.sum()
    np.testing.assert_array_equal(roi & is_calcium_dense(scan.ct.array), scan.icac.array > 0)


def test_what_cannot_be_told_from_bone_is_labelled_but_not_drawn(uniform_head, courses, plain_scan):
    course = courses[Side.LEFT]
    lesions = [replace(lesion, hu=2500.0) for lesion in
               draw_calcification(courses, np.random.default_rng(4), "stroke", 500.0).lesions
               if lesion.side is Side.LEFT]
    through_the_artery = float(np.median(course.points[:, 0]) + 1.5)
    scan = acquire(uniform_head(bone_beyond_x_mm=through_the_artery), lesions, [], replace(plain_scan, noise_sd=5.0),
                   np.random.default_rng(1), uniform_head().region(6, 6, 6))
    hidden = [row.label for row in scan.lesions if row.voxels and not row.visible]
    shown = [row.label for row in scan.lesions if row.visible]
    assert hidden and shown
    np.testing.assert_array_equal(scan.icac.array > 0, np.isin(scan.lesion_labels.array, shown))
    assert not (scan.roi.array > 0)[np.isin(scan.lesion_labels.array, hidden)].any()
    free = acquire(uniform_head(), lesions, [], replace(plain_scan, noise_sd=5.0), np.random.default_rng(1),
                   uniform_head().region(6, 6, 6))
    assert all(row.visible for row in free.lesions if row.voxels), "the same lesions stand out where there is no bone"


def test_a_voxel_belongs_to_what_brightens_it_most():
    hu = np.array([129.0, 130, 400, 400, 900, 131])
    excess = np.array([89.0, 90, 180, 179, 860, 45])
    np.testing.assert_array_equal(truth_mask(hu, excess), [False, True, True, False, True, False])


def test_voxels_stand_out_that_would_not_be_dense_without_calcium():
    labels = np.array([[0, 1, 1, 1], [2, 2, 0, 3]])
    hu = np.array([[400.0, 200, 200, 130], [180, 129 + 90, 500, 300]])
    excess = np.array([[0.0, 100, 60, 10], [49, 90, 0, 171]])
    np.testing.assert_array_equal(voxels_that_stand_out(labels, hu, excess, 4), [2, 1, 1, 0])


@pytest.mark.slow
def test_measured_volume_is_the_wanted_one(uniform_head, courses, plain_scan):
    ratios = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        lesions = draw_calcification(courses, rng, "stroke", 60.0).lesions
        scan = acquire(uniform_head(), lesions, [], plain_scan, rng, uniform_head().region(6, 6, 6))
        ratios.append(scan.volume_mm3 / 60.0)
    assert np.median(ratios) == pytest.approx(1.0, abs=0.1)


def test_truth_table_adds_up_and_places_every_lesion(uniform_head, courses, plain_scan):
    rng = np.random.default_rng(8)
    lesions = draw_calcification(courses, rng, "stroke", 150.0).lesions
    scan = acquire(uniform_head(), lesions, [], replace(plain_scan, pose=draw_pose(rng, 5, 20)), rng,
                   uniform_head().region(6, 6, 6))
    assert sum(row.voxels for row in scan.lesions) == scan.icac.array.sum()
    assert sum(row.volume_mm3 for row in scan.lesions) == pytest.approx(scan.volume_mm3, rel=1e-3)
    biggest = max(scan.lesions, key=lambda row: row.voxels)
    points = scan.ct.frame.to_lps(np.argwhere(scan.lesion_labels.array == biggest.label)[:, ::-1])
    assert np.linalg.norm(points - biggest.centre_lps_mm, axis=1).min() < 1.0


def test_bone_and_mimics_are_not_truth(uniform_head, courses, plain_scan):
    mimic = ball((12.0, 0.0, 0.0), 2.0, 600.0)
    scan = acquire(uniform_head(bone_beyond_x_mm=5.0), [], [mimic], plain_scan, np.random.default_rng(0), SMALL)
    assert is_calcium_dense(scan.ct.array).any()
    assert not scan.icac.array.any()
    free = acquire(uniform_head(), [], [mimic], plain_scan, np.random.default_rng(0), SMALL)
    assert is_calcium_dense(free.ct.array).sum() * free.ct.frame.voxel_volume_mm3 > 20
    assert not free.icac.array.any()


def test_a_ball_keeps_its_mass_and_its_place(uniform_head, plain_scan):
    """Blur and sampling change the shape, never the integral or the centre."""
    center = np.array([3.0, -4.0, 2.0])
    for tilt, increment in ((0.0, 0.5), (-20.0, 1.0)):
        pose = draw_pose(np.random.default_rng(1), 8.0, 30.0)
        acquisition = replace(plain_scan, tilt_deg=tilt, increment_mm=increment, pose=pose)
        scan = acquire(uniform_head(0.0), [], [ball(tuple(center), 2.0, 500.0)], acquisition,
                       np.random.default_rng(0), SMALL)
        hu = scan.ct.array.astype(float)
        mass = hu.sum() * scan.ct.frame.voxel_volume_mm3
        assert mass == pytest.approx(500 * 4 / 3 * np.pi * 8, rel=0.01)
        index = np.argwhere(hu > 5)
        found = np.average(scan.ct.frame.to_lps(index[:, ::-1]), axis=0, weights=hu[tuple(index.T)])
        np.testing.assert_allclose(found, pose[:3, :3] @ center + pose[:3, 3], atol=0.01)


def test_an_edge_is_blurred_by_the_kernel(uniform_head, plain_scan):
    """10 to 90 % of an edge spans 1.09 FWHM of a Gaussian; the background's 0.5 mm voxels widen it a little."""
    acquisition = replace(plain_scan, pixel_mm=0.2, kernel=Kernel(1.2))
    scan = acquire(uniform_head(bone_beyond_x_mm=0.0), [], [], acquisition, np.random.default_rng(0), SMALL)
    profile = (scan.ct.array[10, 60].astype(float) - 50) / 950
    x = scan.ct.frame.to_lps(np.stack([np.arange(len(profile)), np.full(len(profile), 60),
                                       np.full(len(profile), 10)], axis=-1))[:, 0]
    width = np.interp(0.9, profile, x) - np.interp(0.1, profile, x)
    assert width == pytest.approx(1.09 * 1.2, rel=0.1)
    assert np.interp(0.5, profile, x) == pytest.approx(0.0, abs=0.05)


@pytest.mark.parametrize(("thickness", "increment"), [(1.0, 0.5), (4.0, 4.0)])
def test_noise_is_as_strong_as_asked_for(uniform_head, plain_scan, thickness, increment):
    acquisition = replace(plain_scan, thickness_mm=thickness, increment_mm=increment, noise_sd=12.0)
    scan = acquire(uniform_head(), [], [], acquisition, np.random.default_rng(0), SMALL)
    assert scan.ct.array.std() == pytest.approx(12.0, rel=0.06)
    assert scan.ct.array.mean() == pytest.approx(50.0, abs=0.5)


def test_uneven_slices_come_back_on_a_regular_grid(uniform_head, plain_scan):
    acquisition = replace(plain_scan, thickness_mm=2.0, increment_mm=2.0, later_increment_mm=3.4)
    scan = acquire(uniform_head(0.0), [], [ball((0, 0, 4.0), 3.0, 500.0)], acquisition, np.random.default_rng(0),
                   SMALL)
    assert scan.ct.frame.spacing[2] == pytest.approx(2.0)
    hu = scan.ct.array.astype(float)
    heights = scan.ct.frame.to_lps(np.stack([np.zeros((len(hu), 2)).T[0]] * 2 + [np.arange(len(hu))], axis=-1))[:, 2]
    assert np.average(heights, weights=hu.sum(axis=(1, 2))) == pytest.approx(4.0, abs=0.15)
    assert hu.sum() * scan.ct.frame.voxel_volume_mm3 == pytest.approx(500 * 4 / 3 * np.pi * 27, rel=0.05)


def test_calcium_is_denser_at_low_voltage(uniform_head, plain_scan):
    peaks = [acquire(uniform_head(), [], [ball((0, 0, 0), 4.0, 500.0)], replace(plain_scan, kv=kv),
                     np.random.default_rng(0), SMALL).ct.array.max() for kv in (80, 120, 140)]
    assert peaks[0] > peaks[1] + 100
    assert peaks[1] > peaks[2] + 20
