from __future__ import annotations

import numpy as np
import pytest
from icac.geometry import Frame, Volume
from icac.simulate.scanner.slices import Slices


@pytest.fixture
def volume() -> Volume:
    affine = np.diag([0.5, 0.6, 2.0, 1.0])
    affine[1, 2] = 0.7  # tilted: every slice is shifted
    affine[:3, 3] = (-9, 4, 30)
    rng = np.random.default_rng(0)
    return Volume(rng.integers(-100, 300, (9, 20, 24)).astype(np.int16), Frame(affine, (24, 20, 9)))


def test_a_volume_and_its_slices_are_the_same_places(volume):
    slices = Slices.of_volume(volume, 2.5)
    assert slices.is_even
    assert slices.own_frame().matches(volume.frame, 1e-6)
    assert slices.own_frame().is_sheared
    np.testing.assert_allclose(slices.axes, np.eye(3), atol=1e-12)
    np.testing.assert_array_equal(slices.thickness_mm, 2.5)


def test_uneven_slices_are_known_as_such_and_read_at_their_true_heights(volume):
    taken = Slices.of_volume(volume, 2.0).taken(np.array([0, 1, 2, 3, 4, 6, 8]))
    assert not taken.is_even
    read = taken.as_read()
    assert not read.frame.is_sheared
    assert read.frame.spacing[2] == pytest.approx(2.0)
    assert read.frame.origin[2] == pytest.approx(30.0)


def test_labels_follow_the_scan_onto_the_voxels_that_readers_get(volume):
    hu = np.full(volume.array.shape, 40, np.int16)
    labels = np.zeros(hu.shape, np.uint8)
    hu[2:7, 5:9, 6:9], labels[2:7, 5:9, 6:9] = 500, 3
    hu[2:7, 12:16, 15:20], labels[2:7, 12:16, 15:20] = 400, 5
    slices = Slices.of_volume(volume.like(hu), 2.0)
    read = slices.as_read()
    found = slices.labels_as_read(labels, read)
    assert set(np.unique(found.array)) == {0, 3, 5}
    assert (read.array[found.array > 0] >= 130).all()
    for label in (3, 5):
        true = volume.frame.to_lps(np.argwhere(labels == label)[:, ::-1]).mean(axis=0)
        np.testing.assert_allclose(read.frame.to_lps(np.argwhere(found.array == label)[:, ::-1]).mean(axis=0), true,
                                   atol=0.1)
        assert (found.array == label).sum() * read.frame.voxel_volume_mm3 == pytest.approx(
            (labels == label).sum() * volume.frame.voxel_volume_mm3, rel=0.1)


def test_straight_slices_keep_their_labels():
    volume = Volume(np.zeros((5, 6, 7), np.int16), Frame.regular((1, 1, 2), (7, 6, 5)))
    slices = Slices.of_volume(volume, 2.0)
    labels = np.random.default_rng(0).integers(0, 3, (5, 6, 7)).astype(np.uint8)
    np.testing.assert_array_equal(slices.labels_as_read(labels, slices.as_read()).array, labels)
