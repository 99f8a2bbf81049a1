"""Labels of the grid of a scan on the pixels of its files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from icac.ct.dicom.native import NativeSlice, NativeSlices
from icac.geometry import Frame, Volume

SHAPE, SPACING = (9, 11), (0.5, 0.7)
ORIENTATION = np.array([[1.0, 0, 0], [0, -1, 0]])


def native(positions) -> NativeSlices:
    return NativeSlices(tuple(NativeSlice(Path("a"), "", str(n), None, np.array(p), np.array(p, float))
                              for n, p in enumerate(positions)), ORIENTATION, SPACING, SHAPE)


def grid(corner, step: float, count: int) -> Frame:
    affine = np.diag([0.5, -0.7, -step, 1.0])
    affine[:3, 3] = corner
    return Frame(affine, (14, 12, count))


@pytest.mark.parametrize("aside", [0.0, 0.25, 0.5, 0.75, 1.0])
def test_slices_shifted_by_any_part_of_a_pixel_keep_every_voxel(aside):
    """As of a tilted gantry: each slice lies elsewhere in its plane."""
    labels = np.zeros((4, 12, 14), np.int32)
    labels[:, 3:6, 4:9] = np.arange(1, 61).reshape(4, 3, 5)
    volume = Volume(labels, grid((0.0, 0.0, 30.0), 2.0, 4))
    slices = native([(0.5 * (1 + n * aside), -0.7 * n * aside / 2, 30.0 - 2.0 * n) for n in range(4)])
    shown = slices.labels_on(volume)
    assert shown.shape == (4, *SHAPE) and shown.dtype == labels.dtype
    for n in range(4):
        assert sorted(shown[n][shown[n] > 0]) == sorted(labels[n][labels[n] > 0])
        row, column = np.argwhere(shown[n] == labels[n, 3, 4])[0]
        x, y = 0.5 * (1 + n * aside) + 0.5 * column, -0.7 * n * aside / 2 - 0.7 * row
        assert abs(x - 2.0) <= 0.2501 and abs(y + 2.1) <= 0.3501


def test_what_lies_beyond_the_images_is_left_out():
    labels = np.zeros((4, 12, 14), np.int32)
    labels[1, 11, 2], labels[2, 4, 13], labels[2, 4, 5] = 1, 2, 3
    shown = native([(0.0, 0.0, 30.0 - 2.0 * n) for n in range(4)]).labels_on(
        Volume(labels, grid((0.0, 0.0, 30.0), 2.0, 4)))
    assert np.argwhere(shown).tolist() == [[2, 4, 5]] and shown.max() == 3


def test_no_labels():
    shown = native([(0.0, 0.0, 0.0), (0.0, 0.0, -2.0)]).labels_on(
        Volume(np.zeros((2, 12, 14), np.uint8), grid((0.0, 0.0, 0.0), 2.0, 2)))
    assert shown.shape == (2, *SHAPE) and not shown.any()
