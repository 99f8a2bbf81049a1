from __future__ import annotations

import numpy as np
import pytest
from icac.anatomy import Segment, Side
from icac.compare import BOTH, MANUAL_ONLY, PREDICTED_ONLY, compare, manual_truth
from icac.errors import InputError
from icac.geometry import Frame, Volume

SIZE = (50, 20, 30)
FRAMES = {
    "axial": Frame.regular((1.0, 0.8, 2.0), SIZE, origin=(-25.0, -8.0, 1.0)),
    "flipped": Frame(np.array([[-1.0, 0, 0, 24.0], [0, -0.8, 0, 7.2], [0, 0, -2.0, 59.0], [0, 0, 0, 1]]), SIZE),
    "sheared": Frame(np.array([[1.0, 0, 0, -25.0], [0, 0.76, 0, -8.0], [0, -0.25, 2.0, 4.0], [0, 0, 0, 1]]), SIZE),
}


@pytest.fixture(params=FRAMES)
def frame(request: pytest.FixtureRequest) -> Frame:
    return FRAMES[request.param]


def _masks(frame: Frame) -> tuple[np.ndarray, np.ndarray]:
    """Right: manual of 6 voxels, predicted of 3 of them and 1 beside. Left: 2 manual missed, 4 predicted false."""
    predicted, manual = np.zeros((2, *frame.shape), dtype=bool)

    def fill(mask: np.ndarray, x_mm: float, z_mm: float, first: int, count: int) -> None:
        i, j, k = np.round(frame.to_index(np.array([x_mm, 0.0, z_mm]))).astype(int)
        mask[k, j + first:j + first + count, i] = True

    fill(manual, -20, 25, 0, 6)
    fill(predicted, -20, 25, 3, 4)
    fill(manual, 20, 45, 0, 2)
    fill(predicted, 20, 15, 0, 4)
    return predicted, manual


def test_figures_by_hand(frame, straight_courses):
    voxel = frame.voxel_volume_mm3
    found = compare(frame, *_masks(frame), straight_courses)
    assert (found.predicted_mm3, found.manual_mm3) == pytest.approx((8 * voxel, 8 * voxel))
    assert found.difference_mm3 == pytest.approx(0)
    assert (found.dice, found.sensitivity, found.ppv) == pytest.approx((3 / 8, 3 / 8, 3 / 8))
    right, left = found.overlap_by_side[Side.RIGHT], found.overlap_by_side[Side.LEFT]
    assert (right.both_mm3, right.predicted_only_mm3, right.truth_only_mm3) == pytest.approx(
        (3 * voxel, voxel, 3 * voxel))
    assert (left.both_mm3, left.predicted_only_mm3, left.truth_only_mm3) == pytest.approx((0, 4 * voxel, 2 * voxel))


def test_masks_divide_the_union(frame):
    predicted, manual = _masks(frame)
    found = compare(frame, predicted, manual)
    assert np.array_equal(found.both, predicted & manual)
    assert np.array_equal(found.predicted_only, predicted & ~manual)
    assert np.array_equal(found.manual_only, manual & ~predicted)
    assert set(np.unique(found.labels)) == {0, BOTH, PREDICTED_ONLY, MANUAL_ONLY}


def test_lesions_are_matched_both_ways(frame, straight_courses):
    voxel = frame.voxel_volume_mm3
    found = compare(frame, *_masks(frame), straight_courses)
    hit, missed = found.manual
    true, false = sorted(found.predicted, key=lambda lesion: not lesion.matched)
    assert (hit.side, hit.segment, missed.side, missed.segment) == (Side.RIGHT, Segment.C4, Side.LEFT, Segment.C6)
    assert (hit.partners, true.partners, missed.partners, false.partners) == ((true.id,), (hit.id,), (), ())
    assert (hit.covered_share, true.covered_share, missed.covered_share) == pytest.approx((3 / 6, 3 / 4, 0))
    assert hit.dice == true.dice == pytest.approx(6 / 10)
    assert hit.difference_mm3 == true.difference_mm3 == pytest.approx(-2 * voxel)
    assert missed.difference_mm3 == pytest.approx(-2 * voxel)
    assert false.difference_mm3 == pytest.approx(4 * voxel)
    assert np.round(frame.to_index(np.array(false.center_lps_mm)) - frame.to_index(np.array([20, 0, 15])))[0] == 0


def test_one_predicted_lesion_over_two_manual_ones():
    frame = FRAMES["axial"]
    predicted, manual = np.zeros((2, *frame.shape), dtype=bool)
    predicted[10, 5, 3:12] = True
    manual[10, 5, 3:5] = True
    manual[10, 5, 8:12] = True
    found = compare(frame, predicted, manual)
    assert found.predicted[0].partners == (1, 2)
    assert found.predicted[0].partners_mm3 == pytest.approx(6 * 1.6)
    assert [lesion.partners for lesion in found.manual] == [(1,), (1,)]
    assert found.manual[0].side is None


def test_labels_keep_their_numbers():
    frame = FRAMES["axial"]
    predicted, manual = np.zeros(frame.shape, dtype=np.int32), np.zeros(frame.shape, dtype=bool)
    predicted[10, 5, 3:6], predicted[10, 5, 6:8] = 4, 9
    manual[10, 5, 5:8] = True
    found = compare(frame, predicted, manual)
    assert [lesion.id for lesion in found.predicted] == [4, 9]
    assert found.manual[0].partners == (9, 4)


@pytest.mark.parametrize(("predicted", "manual", "dice"), [(False, False, 1.0), (True, False, 0.0), (False, True, 0.0)])
def test_empty_segmentations(predicted, manual, dice):
    frame = FRAMES["axial"]
    masks = np.zeros((2, *frame.shape), dtype=bool)
    masks[:, 3, 4, 5] = predicted, manual
    found = compare(frame, *masks)
    assert found.dice == dice
    assert np.isnan(found.sensitivity) == (not manual)
    assert np.isnan(found.ppv) == (not predicted)
    assert (len(found.predicted), len(found.manual)) == (predicted, manual)


def test_other_shapes_are_refused():
    frame = FRAMES["axial"]
    with pytest.raises(InputError, match="manual segmentation has"):
        compare(frame, np.zeros(frame.shape, bool), np.zeros((3, 4, 5), bool))
    with pytest.raises(InputError, match="drawn region has"):
        manual_truth(Volume(np.zeros(frame.shape), frame), np.zeros((3, 4, 5), bool))


def test_manual_truth_is_the_calcium_in_the_region():
    frame = FRAMES["sheared"]
    hu = np.full(frame.shape, 40, dtype=np.int16)
    hu[3, 4, 5:9] = (129, 130, 131, 500)
    roi = np.zeros(frame.shape, dtype=np.uint8)
    roi[2:5, 3:6, 4:8] = 1
    assert np.argwhere(manual_truth(Volume(hu, frame), roi)).tolist() == [[3, 4, 6], [3, 4, 7]]
