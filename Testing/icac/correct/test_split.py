from __future__ import annotations

import numpy as np
import pytest
from icac.correct import split_lesion
from icac.errors import InputError
from icac.geometry import Frame, Volume

FRAME = Frame.regular((0.5, 0.4, 0.8), (60, 50, 30))


def beads(centers: list[tuple[float, float, float]], radius: float, rod: float = 0.7) -> tuple[Volume, np.ndarray]:
    """Balls (LPS mm) on a thin rod along x, numbered 4 in the labels, with another lesion 9 beside them."""
    points = FRAME.to_lps(np.moveaxis(np.indices(FRAME.shape), 0, -1)[..., ::-1])
    mask = np.zeros(FRAME.shape, dtype=bool)
    for center in centers:
        mask |= np.linalg.norm(points - center, axis=-1) <= radius
    low, high = centers[0][0], centers[-1][0]
    off_axis = np.linalg.norm((points - centers[0])[..., 1:], axis=-1)
    mask |= (off_axis <= rod) & (points[..., 0] >= low) & (points[..., 0] <= high)
    labels = np.where(mask, 4, 0).astype(np.int32)
    labels[0, 0, :3] = 9
    return Volume(np.where(mask, 400, 40).astype(np.int16), FRAME), labels


def test_two_balls_part_at_their_neck() -> None:
    ct, labels = beads([(8, 10, 12), (17, 10, 12)], 3.0)
    box, parts = split_lesion(ct, labels, 4)
    np.testing.assert_array_equal(parts > 0, labels[box] == 4)
    x = FRAME.to_lps((np.argwhere(parts > 0) + [s.start for s in box])[:, ::-1])[:, 0]
    number = parts[parts > 0]
    left, right = x[number == number[x.argmin()]], x[number == number[x.argmax()]]
    assert left.max() < right.min()
    assert 11 <= left.max() <= 14  # within the rod


def test_three_parts_are_numbered_by_falling_size() -> None:
    ct, labels = beads([(5, 10, 12), (13, 10, 12), (22, 10, 12)], 2.5)
    _, parts = split_lesion(ct, labels, 4, 3)
    sizes = np.bincount(parts.ravel())[1:]
    assert len(sizes) == 3
    assert sizes.tolist() == sorted(sizes, reverse=True)
    assert sizes.min() > 0.3 * sizes.sum()


def test_a_dark_line_is_where_a_block_parts() -> None:
    hu = np.full(FRAME.shape, 600, dtype=np.int16)
    hu[:, :, 22] = 140
    labels = np.zeros(FRAME.shape, dtype=np.int32)
    labels[10:16, 10:22, 12:44] = 1
    box, parts = split_lesion(Volume(hu, FRAME), labels, 1)
    of_column = [set(np.unique(parts[:, :, k])) for k in range(parts.shape[2])]
    line = 22 - box[2].start
    assert of_column[0] == of_column[line - 1] != of_column[line + 1] == of_column[-1]


def test_two_voxels_become_two_lesions() -> None:
    labels = np.zeros(FRAME.shape, dtype=np.int32)
    labels[3, 3, 3] = labels[4, 4, 4] = 2  # only a corner in common
    _, parts = split_lesion(Volume(np.full(FRAME.shape, 300, dtype=np.int16), FRAME), labels, 2)
    assert sorted(parts[parts > 0]) == [1, 2]


def test_wrong_input_is_one_sentence() -> None:
    ct, labels = beads([(8, 10, 12), (17, 10, 12)], 3.0)
    with pytest.raises(InputError, match="no lesion 7"):
        split_lesion(ct, labels, 7)
    with pytest.raises(InputError, match="at least 2"):
        split_lesion(ct, labels, 4, 1)
    with pytest.raises(InputError, match="too few"):
        split_lesion(ct, labels, 9, 4)
