from __future__ import annotations

import numpy as np
from icac.geometry.box import bounding_box
from icac.lesions.components import label_components


def test_corner_neighbours_belong_together_and_sizes_order_the_labels() -> None:
    mask = np.zeros((5, 6, 7), dtype=bool)
    mask[0, 0, 0] = True  # single voxel, met first
    mask[2, 2, 2] = mask[3, 3, 3] = True  # joined by a corner only
    mask[0, 4:6, 4:6] = True  # four voxels: the largest
    labels, count = label_components(mask)
    assert count == 3
    assert labels[0, 4, 4] == labels[0, 5, 5] == 1
    assert labels[2, 2, 2] == labels[3, 3, 3] == 2
    assert labels[0, 0, 0] == 3
    assert np.array_equal(labels > 0, mask)


def test_equal_sizes_keep_the_order_of_the_array() -> None:
    mask = np.zeros((1, 1, 7), dtype=bool)
    mask[0, 0, [1, 3, 5]] = True
    labels, _ = label_components(mask)
    assert labels[0, 0].tolist() == [0, 1, 0, 2, 0, 3, 0]


def test_small_components_are_dropped_only_when_asked() -> None:
    mask = np.zeros((1, 1, 7), dtype=bool)
    mask[0, 0, [0, 2, 3, 4]] = True
    assert label_components(mask)[1] == 2
    labels, count = label_components(mask, min_voxels=2)
    assert count == 1
    assert labels[0, 0].tolist() == [0, 0, 1, 1, 1, 0, 0]


def test_an_empty_mask_has_no_components() -> None:
    labels, count = label_components(np.zeros((2, 3, 4), dtype=bool))
    assert count == 0
    assert labels.shape == (2, 3, 4)
    assert not labels.any()


def test_bounding_box_is_tight() -> None:
    mask = np.zeros((5, 6, 7), dtype=bool)
    mask[1, 2, 3] = mask[3, 2, 6] = True
    assert bounding_box(mask) == (slice(1, 4), slice(2, 3), slice(3, 7))
    assert bounding_box(mask & False) is None
