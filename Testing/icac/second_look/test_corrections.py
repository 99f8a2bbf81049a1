"""What the second look adds is added where it belongs: near the artery, on the right side, in every pose."""

from __future__ import annotations

import numpy as np
import pytest
from icac.anatomy import Side
from icac.course import on_course
from icac.geometry.rotations import rotation_matrix
from icac.models.course_prior import CoursePrior
from icac.network import FcnConfig
from icac.network.straight.config import CHANNELS
from icac.network_region import analysed_frame
from icac.reference import load_reference
from icac.second_look import second_look
from icac.second_look.complete import completed
from icac.second_look.views import SHAPE
from icac.simulate.cases.training_case import tubes

REFERENCE = load_reference().courses
FRAME, COUNTED = analysed_frame("carotid", REFERENCE, FcnConfig().geometry)
LUMEN = CHANNELS.index("lumen")
OTHER_BONE = CHANNELS.index("bone of the other side")

#: Of the first look everywhere: it is sure.
FIRST = 0.95


@pytest.fixture(scope="module")
def outputs():
    artery = 0.9 * tubes(FRAME, REFERENCE.values()) * COUNTED
    return np.stack([np.full(FRAME.shape, FIRST), artery]).astype(np.float32)


@pytest.fixture(scope="module")
def hu():
    """Soft tissue on the right, calcium all over the left."""
    left = FRAME.to_lps(np.stack(np.meshgrid(*map(np.arange, FRAME.size), indexing="ij"), axis=-1).reshape(-1, 3))
    is_left = (left[:, 0] > 0).reshape(FRAME.size).transpose(2, 1, 0)
    return np.where(is_left, 700, 40).astype(np.int16)


def found(outputs, hu, run, **options):
    return on_course(outputs, FRAME, COUNTED, COUNTED, options.pop("prior", None),
                     look=second_look(run, hu, outputs, FRAME), **options)


def test_nothing_is_changed_by_nothing_to_add(outputs, hu):
    plain = on_course(outputs, FRAME, COUNTED, COUNTED, None)
    again = found(outputs, hu, lambda shown: np.zeros(SHAPE, np.float32))
    assert plain.corrections is None
    assert again.probability == pytest.approx(plain.probability, abs=1e-5)


def test_it_is_shown_each_side_drawn_out(outputs, hu):
    seen = []
    found(outputs, hu, lambda shown: seen.append(shown) or np.zeros(SHAPE, np.float32))
    assert [shown.shape for shown in seen] == [(len(CHANNELS), *SHAPE)] * 2
    middle = np.s_[20:150, 15:17, 15:17]
    for shown in seen:
        assert np.median(shown[LUMEN][middle]) > 0.7        # the dark tube is where it should be
        assert np.median(shown[LUMEN][20:150, [0, -1]]) == pytest.approx(-1)
    right, left = seen
    assert np.median(right[0][middle]) == pytest.approx(0.1, abs=0.01)
    assert np.median(left[0][middle]) == pytest.approx(1.5, abs=0.01)       # 600 HU, where it is clipped
    assert np.median(right[OTHER_BONE][middle]) > np.median(left[OTHER_BONE][middle])


def test_log_odds_are_added_to_each_side(outputs, hu):
    sides = iter((2.0, -1.0))
    again = found(outputs, hu, lambda shown: np.full(SHAPE, next(sides), np.float32))
    points = FRAME.to_lps(np.argwhere(again.dense)[:, ::-1])
    raised = np.log(1 / (1 / again.probability[again.dense] - 1)) - np.log(FIRST / (1 - FIRST))
    right = REFERENCE[Side.RIGHT].nearest(points).distance_mm < REFERENCE[Side.LEFT].nearest(points).distance_mm
    assert raised[right] == pytest.approx(2.0, abs=1e-3)
    assert raised[~right] == pytest.approx(-1.0, abs=1e-3)
    assert (points[right, 0] < 0).mean() > 0.99


def test_it_comes_after_the_prior(outputs, hu):
    prior = CoursePrior((-5.0, 10.0), (1.0, 1.0), (1.0, 1.0))
    again = found(outputs, hu, lambda shown: np.ones(SHAPE, np.float32), prior=prior)
    odds = FIRST / (1 - FIRST) * np.exp(2.0)
    assert again.probability[again.dense] == pytest.approx(odds / (1 + odds), abs=1e-4)


def test_what_is_outside_the_reach_stays_out(outputs, hu):
    again = found(outputs, hu, lambda shown: np.full(SHAPE, 9.0, np.float32))
    assert not again.probability[COUNTED & ~again.dense].any()


def test_the_same_place_gets_the_same_in_another_pose(outputs, hu):
    along = np.broadcast_to(np.linspace(-2, 2, SHAPE[0], dtype=np.float32)[:, None, None], SHAPE)
    first = found(outputs, hu, lambda shown: along)
    motion = np.eye(4)
    motion[:3, :3], motion[:3, 3] = rotation_matrix(np.array([0.02, 0.01, -0.02])), (1.0, -0.5, 0.8)
    points = FRAME.to_lps(np.argwhere(first.dense)[:, ::-1])
    moved = first.corrections.transformed(motion)
    side = np.zeros(len(points), int)
    there = moved.added_to(np.full(len(points), FIRST), points @ motion[:3, :3].T + motion[:3, 3], side)
    assert there == pytest.approx(first.corrections.added_to(np.full(len(points), FIRST), points, side), abs=1e-5)
    assert there.std() > 0.02


def test_it_finds_no_lesion_by_itself(outputs, hu):
    unsure = outputs.copy()
    unsure[0] = 0.8
    again = found(unsure, hu, lambda shown: np.full(SHAPE, 5.0, np.float32))
    assert again.corrections is not None
    assert again.probability[again.dense] == pytest.approx(0.8)


def test_a_course_that_is_not_found_is_not_looked_at_again(outputs, hu):
    unseen = outputs.copy()
    unseen[1] = 0
    again = found(unseen, hu, lambda shown: pytest.fail("looked"))
    assert again.corrections is None


def test_a_lesion_is_completed_and_others_stay():
    """Three runs of voxels in a row: one that the first look is sure of, one it is not, and one beside neither."""
    where = np.zeros((3, 4, 12), bool)
    where[1, 2, 1:11] = True
    first = np.array([0.95, 0.2, 0.1, 0.0, 0.6, 0.6, 0.0, 0.1, 0.0, 0.92])
    second = np.array([0.99, 0.8, 0.4, 0.1, 0.99, 0.99, 0.1, 0.2, 0.9, 0.05])
    expected = [0.99, 0.8, 0.4, 0.0, 0.6, 0.6, 0.0, 0.1, 0.9, 0.05]
    assert completed(first, second, where).tolist() == pytest.approx(expected)


def test_nothing_sure_changes_nothing():
    where = np.ones((1, 1, 3), bool)
    first = np.array([0.5, 0.6, 0.7])
    assert completed(first, np.ones(3), where) is first
