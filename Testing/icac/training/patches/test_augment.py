import numpy as np
import pytest
from icac.training.patches.augment import augment
from icac.training.settings.config import Augmentation

RNG = np.random.default_rng(0)
HU = RNG.normal(40, 10, (6, 20, 24)).astype(np.float32)
HU[2, 5:9, 4:8] = 400
TRUTH = (HU > 300).astype(np.uint8)


def run(seed=0, **settings):
    return augment(HU.copy(), TRUTH.copy(), Augmentation(**({"flip": 0.0} | settings)), np.random.default_rng(seed))


def test_nothing_asked_changes_nothing():
    hu, moved, truth, flipped = run()
    assert np.array_equal(hu, HU) and np.array_equal(moved, HU) and np.array_equal(truth, TRUTH) and not flipped


def test_flip_swaps_left_and_right_of_image_and_truth():
    hu, _, truth, flipped = run(flip=1.0)
    assert flipped
    assert np.array_equal(hu, HU[:, :, ::-1]) and np.array_equal(truth, TRUTH[:, :, ::-1])


@pytest.mark.parametrize("name", ["intensity", "noise", "blur", "thick"])
def test_values_change_but_nothing_moves(name):
    hu, moved, truth, _ = run(**{name: 1.0})
    assert not np.array_equal(hu, HU)
    assert np.array_equal(moved, HU) and np.array_equal(truth, TRUTH)
    assert hu.dtype == np.float32


def test_rotation_moves_image_and_truth_together():
    hu, moved, truth, _ = run(seed=4, rotation=1.0, rotation_degrees=40.0, zoom=0.0)
    assert np.array_equal(hu, moved)
    assert not np.array_equal(truth, TRUTH)
    inside = truth == 1
    assert hu[inside].mean() > 300 and hu[truth == 0].mean() < 60
    assert np.abs(inside.sum() - TRUTH.sum()) <= 4


def test_tilted_patches_leave_the_plane_and_image_and_truth_stay_together():
    truth = np.zeros((17, 19, 21), np.uint8)
    truth[8, 2:17, 9:12] = 1  # a bar in one plane
    settings = Augmentation(flip=0.0, rotation=1.0, rotation_degrees=5.0, zoom=0.0, tilt_degrees=40.0)
    hu, moved, tilted, _ = augment(400.0 * truth.astype(np.float32), truth, settings, np.random.default_rng(4))
    assert np.array_equal(hu, moved)
    assert len(np.flatnonzero((tilted == 1).any(axis=(1, 2)))) > 3
    assert hu[tilted == 1].min() >= 50 and hu[tilted == 0].max() <= 350


def test_same_seed_same_patch():
    every = dict.fromkeys(("flip", "intensity", "noise", "blur", "thick", "rotation"), 0.5)
    assert np.array_equal(run(seed=5, **every)[0], run(seed=5, **every)[0])
    assert not np.array_equal(run(seed=5, **every)[0], run(seed=6, **every)[0])


def test_thick_slices_average_along_z_only():
    hu, *_ = run(thick=1.0, thick_voxels=2)
    assert hu[3, 6, 5] == pytest.approx((HU[2, 6, 5] + HU[3, 6, 5]) / 2, abs=1e-3)
