"""The steps of registration by themselves."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from icac.air import AIR_HU
from icac.errors import RegistrationError
from icac.geometry import Frame, Volume
from icac.reference import load_reference
from icac.registration.bones import BoneFit
from icac.registration.pose import Pose
from icac.registration.prepare import working_copy
from icac.registration.quality import measured_share, quality_of
from icac.registration.search import AGREED, COARSE_BLUR_MM, STARTS, TURNED_GAIN, HeadSearch
from icac.registration.starts import find_starts, near_rotations, turned_rotations
from scipy.spatial.transform import Rotation


@pytest.fixture(scope="module")
def head():
    return working_copy(load_reference().volume)


def test_near_rotations_cover_thirty_degrees():
    rotations = near_rotations()
    wanted = Rotation.random(2000, random_state=1).as_rotvec()
    wanted *= np.radians(30) * np.random.default_rng(1).random((2000, 1))**(1 / 3) / np.linalg.norm(
        wanted, axis=1, keepdims=True)
    nearest = np.min([(Rotation.from_matrix(rotation.T) * Rotation.from_rotvec(wanted)).magnitude()
                      for rotation in rotations], axis=0)
    assert np.degrees(nearest.max()) < 23
    assert len(rotations) + len(turned_rotations()) == 15 + 23


def test_the_best_start_finds_a_shift_in_a_larger_scan(head):
    bone = head.bone[4]
    array = np.zeros((60, 50, 45), np.float32)
    array[20:20 + bone.array.shape[0], 15:15 + bone.array.shape[1], 9:9 + bone.array.shape[2]] = bone.array
    scan = Volume(array, Frame.regular((8, 8, 8), (45, 50, 60), origin=(1000, 0, -500)))
    start = find_starts(scan, scan.like(np.ones_like(array)), bone, [np.eye(3)], 1)[0]
    wanted = np.array([1000 + 9 * 8, 15 * 8, -500 + 20 * 8]) - bone.frame.origin
    assert np.abs(start.matrix[:3, 3] - wanted).max() <= 4.0
    assert start.likeness > 0.8


def test_bone_fit_finds_pose_and_size(head):
    stretch = np.array([1.06, 0.95, 1.03])
    affine = np.diag([*stretch, 1.0]) @ head.hu.frame.affine
    scan = working_copy(Volume(head.hu.array, Frame(affine, head.hu.frame.size)))
    fit = BoneFit(scan.bone[4], scan.measured_share[4], head.bone[2], 6.0)
    start = np.eye(4)
    start[:3, :3] = Rotation.from_rotvec([0.2, -0.2, 0.15]).as_matrix()
    start[:3, 3] = (10, -12, 8)
    found = fit.refine(Pose(start), iterations=60)
    assert np.abs(found.matrix[:3, 3]).max() < 0.6
    assert np.degrees(Rotation.from_matrix(found.matrix[:3, :3]).magnitude()) < 1.0
    assert found.stretch == pytest.approx(stretch, abs=0.02)


def test_the_fit_ends_once_starts_agree_and_misses_nothing(head):
    points = np.concatenate([course.points for course in load_reference().courses.values()])
    search = HeadSearch(head, head, points)
    starts = search.starts(near_rotations())
    some, every = search.fitted(starts), [search.coarse.refine(start) for start in starts]
    assert AGREED <= len(some) < STARTS
    best, wanted = (max(poses, key=lambda pose: pose.likeness) for poses in (some, every))
    assert best.distance_mm(wanted, points) < 0.1


def test_what_resembles_no_head_is_tried_from_every_start(head):
    points = np.concatenate([course.points for course in load_reference().courses.values()])
    noise = np.random.default_rng(4).random(head.bone[4].array.shape).astype(np.float32)
    search = HeadSearch(head, head, points)
    search.coarse = BoneFit(head.bone[4].like(noise), head.measured_share[4], head.bone[2], COARSE_BLUR_MM)
    starts = find_starts(head.bone[4].like(noise), head.measured_share[4], head.bone[4], near_rotations()[:3], STARTS)
    assert len(search.fitted(starts)) == len(starts)


def test_the_wider_search_keeps_the_first_pose_and_finds_a_turned_head(head):
    """The copy itself is found at once; turned by half a turn about its long axis only the wider search finds it."""
    points = np.concatenate([course.points for course in load_reference().courses.values()])
    search = HeadSearch(head, head, points)
    first = search.near()
    assert search.wider(np.eye(3), first) is first
    turn = Rotation.from_rotvec([0, 0, np.pi])
    frame = head.hu.frame
    flipped = working_copy(Volume(head.hu.array, Frame(_matrix(turn) @ frame.affine, frame.size)))
    search = HeadSearch(flipped, head, points)
    wrong = search.near()
    right = search.wider(np.eye(3), wrong)
    assert right.quality > wrong.quality + TURNED_GAIN
    assert right.pose.distance_mm(Pose(_matrix(turn)), points) < 0.5


def _matrix(rotation: Rotation) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, :3] = rotation.as_matrix()
    return matrix


def test_quality_falls_with_distance(head):
    def quality(shift: float) -> float:
        matrix = np.eye(4)
        matrix[0, 3] = shift
        return quality_of(head, head, Pose(matrix, likeness=1.0))

    values = [quality(shift) for shift in (0, 4, 8, 16)]
    assert values[0] == pytest.approx(1.0, abs=0.01)
    assert all(a > b + 0.02 for a, b in itertools.pairwise(values))


def test_measured_share_counts_points_in_the_field_of_view(head):
    inside, outside = np.zeros((3, 3)), np.full((1, 3), 500.0)
    assert measured_share(head, Pose(np.eye(4)), np.vstack([inside, outside])) == pytest.approx(0.75)


def test_working_copy_of_a_sheared_tilted_frame_keeps_positions():
    affine = np.array([[1, 0, 0, -60], [0, 0.95, -1.3, -40], [0, 0.31, 4, -30], [0, 0, 0, 1]], float)
    frame = Frame(affine, (120, 120, 25))
    index = np.moveaxis(np.indices(frame.size), 0, -1)
    distance = np.linalg.norm(frame.to_lps(index) - (0.0, 20.0, 25.0), axis=-1).transpose(2, 1, 0)
    copy = working_copy(Volume(np.where(distance < 25, 1000, 0).astype(np.int16), frame))
    bone = copy.bone[1]
    weights = bone.array / bone.array.sum()
    z, y, x = np.indices(weights.shape)
    center = bone.frame.to_lps([(weights * x).sum(), (weights * y).sum(), (weights * z).sum()])
    assert np.abs(center - (0.0, 20.0, 25.0)).max() < 0.1
    assert 0.3 < copy.measured.mean() < 0.95


def test_a_head_holder_is_removed_and_the_head_kept(head):
    array = np.pad(head.hu.array, ((0, 0), (0, 20), (0, 0)), constant_values=AIR_HU)
    array[:, -5:-2, :] = 100.0
    copy = working_copy(Volume(array, head.hu.frame.crop((0, 0, 0), array.shape[::-1])))
    assert copy.hu.array[:, -7:, :].max() == AIR_HU
    assert (copy.hu.array > 0).sum() > 0.999 * (head.hu.array > 0).sum()


def test_not_a_number_counts_as_air(head):
    array = head.hu.array.copy()
    array[:, :, :5] = np.nan
    assert np.isfinite(working_copy(head.hu.like(array)).hu.array).all()


def test_a_few_slices_are_refused():
    with pytest.raises(RegistrationError, match="240 x 240 x 10 mm"):
        working_copy(Volume(np.zeros((2, 120, 120), np.int16), Frame.regular((2, 2, 5), (120, 120, 2))))


def test_the_quality_of_a_head_is_that_of_its_better_pose(head):
    search = HeadSearch(head, head, np.zeros((1, 3)))
    there, off = Pose(np.eye(4), likeness=0.9), np.eye(4)
    off[:3, 3] = (0, 14, -9)
    aside = Pose(off, likeness=0.9)
    best, least = (quality_of(head, head, pose) for pose in (there, aside))
    assert least < 0.7 * best
    assert search._quality((aside, there)) == search._quality((there, aside)) == best


@pytest.mark.parametrize("share", [0.2, 1.0])
def test_nothing_is_cut_off_where_too_little_bone_would_be_left(share):
    """A bare plate of bone beside a soft body with a ring of bone, which is the head if it has enough of it."""
    hu = np.full((30, 60, 80), AIR_HU, np.float32)
    z, y, x = np.ogrid[:30, :60, :80]
    radius = np.hypot(y - 30, x - 25)
    hu[np.broadcast_to(radius < 22, hu.shape)] = 40
    hu[np.broadcast_to((radius > 15) & (radius < 18) & (z < 30 * share), hu.shape)] = 1200
    hu[:, 5:55, 70:73] = 1200
    copy = working_copy(Volume(hu, Frame.regular((2, 2, 2), (80, 60, 30), center=(0, 0, 0))))
    plate = copy.bone[1].array[:, :, 68:74].sum() * 0.008
    assert (plate > 30) == (share < 1)
