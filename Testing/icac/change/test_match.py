"""Which lesions are one: overlap, nearness, lesions that meet or fall apart, and no side that is preferred."""

from __future__ import annotations

import numpy as np
import pytest
from icac.change.match import Group, match_lesions
from icac.geometry import Frame, Volume
from icac.simulate.scanner.acquisition import rotation

THICK = Frame.regular((0.45, 0.5, 5.0), (40, 40, 8))
THIN = Frame.regular((0.3, 0.3, 0.6), (60, 66, 66))


def labels(frame: Frame, *boxes: tuple[slice, slice, slice]) -> Volume:
    array = np.zeros(frame.shape, dtype=np.int32)
    for number, box in enumerate(boxes, start=1):
        array[box] = number
    return Volume(array, frame)


BEFORE = labels(THICK, np.s_[2, 3:6, 3:6], np.s_[4, 10:20, 10:13], np.s_[4, 24:30, 10:13], np.s_[6, 35:36, 35:36])
AFTER = labels(THICK, np.s_[4, 10:30, 10:13], np.s_[2, 4:8, 3:6], np.s_[1, 30:33, 30:33])


def mirrored(groups: list[Group]) -> set[tuple]:
    return {(group.second, group.first) for group in groups}


def as_set(groups: list[Group]) -> set[tuple]:
    return {(group.first, group.second) for group in groups}


def test_lesions_stay_meet_come_and_go():
    found = match_lesions(BEFORE, AFTER, np.eye(4))
    assert as_set(found) == {((1,), (2,)), ((2, 3), (1,)), ((4,), ()), ((), (3,))}


def test_the_order_of_the_scans_does_not_matter():
    assert mirrored(match_lesions(AFTER, BEFORE, np.eye(4))) == as_set(match_lesions(BEFORE, AFTER, np.eye(4)))


@pytest.mark.parametrize("frame", [THICK, THIN], ids=["thick", "thin"])
def test_every_lesion_is_found_in_the_same_scan_also_one_of_one_voxel(frame):
    one = labels(frame, np.s_[2, 3:6, 3:6], np.s_[4, 10:11, 10:11], np.s_[4, 10:11, 12:13])
    assert as_set(match_lesions(one, one, np.eye(4))) == {((n,), (n,)) for n in (1, 2, 3)}


def test_another_pose_and_other_voxels_change_nothing():
    motion = rotation(np.array([0.2, -0.1, 0.3]))
    motion[:3, 3] = (4.0, -7.0, 120.0)
    sampled = BEFORE.resample(THIN, interpolation="nearest")
    moved = Volume(sampled.array, Frame(motion @ THIN.affine, THIN.size))
    assert as_set(match_lesions(AFTER, moved, np.linalg.inv(motion))) == mirrored(
        match_lesions(BEFORE, AFTER, np.eye(4)))


@pytest.mark.parametrize(("apart_mm", "together"), [(0.9, True), (3.0, False)])
def test_small_lesions_that_miss_each_other_by_little_are_one(apart_mm, together):
    one = labels(THIN, np.s_[10:12, 20:22, 20:22])
    shift = np.eye(4)
    shift[0, 3] = 0.6 + apart_mm
    assert (len(match_lesions(one, one, shift)) == 1) is together


def test_a_neighbour_that_is_only_touched_is_another_lesion():
    """Alignment is off by 0.3 mm, so that each of two neighbours touches the other's counterpart."""
    pair = labels(THIN, np.s_[10:14, 20:30, 20:22], np.s_[10:14, 20:30, 23:25])
    shift = np.eye(4)
    shift[0, 3] = 0.3
    assert as_set(match_lesions(pair, pair, shift)) == {((1,), (1,)), ((2,), (2,))}


def test_a_chain_is_cut_at_its_weakest_link():
    """Of two lesions that both lie in two others, no group has two on both sides."""
    first = labels(THIN, np.s_[10:14, 10:20, 20:24], np.s_[10:14, 24:36, 20:24])
    second = labels(THIN, np.s_[10:14, 10:28, 20:24], np.s_[10:14, 30:36, 20:24])
    found = match_lesions(first, second, np.eye(4))
    assert as_set(found) == {((1,), (1,)), ((2,), (2,))}


def test_scans_without_lesions():
    none = labels(THIN)
    assert match_lesions(none, none, np.eye(4)) == []
    assert as_set(match_lesions(none, AFTER, np.eye(4))) == {((), (n,)) for n in (1, 2, 3)}
