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


def test_same_seed_same_patch():
    every = dict.fromkeys(("flip", "intensity", "noise", "blur", "thick", "rotation"), 0.5)
    assert np.array_equal(run(seed=5, **every)[0], run(seed=5, **every)[0])
    assert not np.array_equal(run(seed=5, **every)[0], run(seed=6, **every)[0])


def test_thick_slices_average_along_z_only():
    hu, *_ = run(thick=1.0, thick_voxels=2)
    assert hu[3, 6, 5] == pytest.approx((HU[2, 6, 5] + HU[3, 6, 5]) / 2, abs=1e-3)
