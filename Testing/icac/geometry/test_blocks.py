"""Averages of blocks are those of SimpleITK, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
from icac.geometry import Frame, Volume, averaged_blocks

AFFINE = np.array([[0.45, 0.1, 0.02, 3.0], [0.03, 0.5, -0.2, 4.0], [0.0, 0.1, 1.3, 5.0], [0.0, 0.0, 0.0, 1.0]])


def sheared(array: np.ndarray) -> Volume:
    return Volume(array, Frame(AFFINE, array.shape[::-1]))


@pytest.mark.parametrize("kind", [np.int16, np.uint8, np.int32, np.float32])
@pytest.mark.parametrize("factors", [(4, 4, 2), (3, 5, 1), (1, 1, 1), (2, 6, 1), (21, 13, 11)])
def test_blocks_are_averaged_as_by_simpleitk(kind, factors):
    random = np.random.default_rng(3)
    array = random.integers(0, 250, (11, 27, 46)).astype(kind) if kind == np.uint8 else \
        (random.integers(-32768, 32767, (11, 27, 46)) + 0.37 * (kind == np.float32)).astype(kind)
    volume = sheared(array)
    found, expected = averaged_blocks(volume, factors), Volume.from_sitk(sitk.BinShrink(volume.to_sitk(), factors))
    assert found.array.dtype == expected.array.dtype and np.array_equal(found.array, expected.array)
    assert found.frame.affine == pytest.approx(expected.frame.affine, abs=1e-12)


def test_values_are_clipped_before_they_are_averaged_and_the_volume_is_left_alone():
    array = np.array([-3000, 100, 5000, 2000], np.int16).reshape(1, 1, 4)
    assert averaged_blocks(sheared(array), (2, 1, 1), -1000, 3000).array.tolist() == [[[-450, 2500]]]
    assert array.ravel().tolist() == [-3000, 100, 5000, 2000]


def test_voxels_may_be_stored_backwards():
    array = np.random.default_rng(4).integers(-1000, 3000, (4, 6, 8)).astype(np.int16)
    flipped = sheared(np.ascontiguousarray(array[:, ::-1])[:, ::-1])
    assert np.array_equal(averaged_blocks(flipped, (2, 2, 2)).array, averaged_blocks(sheared(array), (2, 2, 2)).array)
