from __future__ import annotations

import numpy as np
from icac.lesions.reported import counted_voxels


def test_a_rim_counts_with_a_sure_voxel_and_a_speck_does_not():
    probability = np.zeros((3, 8, 10), np.float32)
    probability[1, 1:4, 1:4] = 0.3  # a lesion with a sure middle
    probability[1, 2, 2] = 0.8
    probability[1, 6, 1:4] = 0.4  # as dense and as likely as its rim, but nowhere sure
    probability[2, 4, 4] = 0.25  # touches the lesion by a corner
    probability[0, 0, 9] = 0.9  # sure, but not dense
    dense = np.ones(probability.shape, bool)
    dense[0, 0, 9] = False
    found = counted_voxels(probability, dense, 0.2, 0.5)
    expected = np.zeros_like(dense)
    expected[1, 1:4, 1:4] = expected[2, 4, 4] = True
    np.testing.assert_array_equal(found, expected)


def test_without_a_higher_threshold_every_voxel_stands_for_itself():
    probability = np.random.default_rng(0).random((5, 6, 7)).astype(np.float32)
    dense = probability > 0.1
    for lesion_threshold in (0.0, 0.3, 0.4):
        found = counted_voxels(probability, dense, 0.4, lesion_threshold)
        np.testing.assert_array_equal(found, probability >= 0.4)
    assert not counted_voxels(probability, dense, 0.99999, 0.999999).any()
