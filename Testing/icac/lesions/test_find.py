from __future__ import annotations

import numpy as np
import pytest
from icac.anatomy import Course, Segment, Side
from icac.geometry import Frame, Volume
from icac.lesions import find_lesions

SIZE = (60, 30, 60)


def volume(frame: Frame) -> Volume:
    return Volume(np.full(frame.shape, 40.0, dtype=np.float32), frame)


def place(ct: Volume, corner: tuple[float, ...], shape_zyx: tuple[int, int, int], hu: float) -> tuple:
    """Fill a block of voxels that starts at the voxel nearest to an LPS point."""
    i, j, k = np.round(ct.frame.to_index(np.asarray(corner))).astype(int)
    block = tuple(slice(s, s + n) for s, n in zip((k, j, i), shape_zyx, strict=True))
    ct.array[block] = hu
    return block


@pytest.fixture
def frame() -> Frame:
    return Frame.regular((1.0, 0.5, 1.0), SIZE, origin=(-30.0, -7.0, 0.0))


def test_properties_of_two_lesions(frame: Frame, straight_courses: dict[Side, Course]) -> None:
    ct = volume(frame)
    place(ct, (18, 2, 31), (1, 1, 2), 150)  # left, C5, 2 voxels
    large = place(ct, (-20, 1, 5), (4, 2, 1), 420)  # right, C2, 8 voxels
    ct.array[large][0, 0, 0] = 500
    probability = np.zeros(frame.shape, dtype=np.float32)
    probability[large] = 0.75
    lesions, labels = find_lesions(ct.array >= 130, ct, probability, straight_courses)

    first, second = lesions
    assert (first.id, first.side, first.segment, first.voxels) == (1, Side.RIGHT, Segment.C2, 8)
    assert (second.id, second.side, second.segment, second.voxels) == (2, Side.LEFT, Segment.C5, 2)
    assert (labels[large] == 1).all()
    assert np.count_nonzero(labels == 2) == 2
    assert first.volume_mm3 == pytest.approx(4.0)
    assert first.center_lps_mm == pytest.approx((-20, 1.25, 6.5))
    assert first.center_ras_mm == pytest.approx((20, -1.25, 6.5))
    assert (first.first_slice, first.last_slice, first.slices) == (5, 8, 4)
    assert first.max_hu == 500
    assert first.mean_hu == pytest.approx((7 * 420 + 500) / 8)
    assert first.mean_probability == pytest.approx(0.75)
    assert second.mean_probability == 0
    assert first.course_distance_mm == pytest.approx(1.25)
    assert first.bone_contact == 0
    assert first.agatston == pytest.approx(4 * (2 * 0.5) * 4 / 3)


def test_segment_volumes_split_a_long_lesion_by_voxel(frame: Frame, straight_courses: dict[Side, Course]) -> None:
    ct = volume(frame)
    place(ct, (20, 0, 17), (9, 1, 1), 300)  # z 17..25: three voxels in C3, six in C4
    (lesion,), _ = find_lesions(ct.array >= 130, ct, ct.array * 0, straight_courses)
    assert lesion.segment is Segment.C4
    assert lesion.volume_by_segment_mm3[Segment.C3] == pytest.approx(1.5)
    assert lesion.volume_by_segment_mm3[Segment.C4] == pytest.approx(3.0)
    assert sum(lesion.volume_by_segment_mm3.values()) == pytest.approx(lesion.volume_mm3)


@pytest.mark.parametrize("flips", [(-1, 1, 1), (-1, -1, 1), (1, 1, -1)])
def test_sides_follow_the_patient_not_the_voxel_order(flips: tuple[int, int, int],
                                                     straight_courses: dict[Side, Course]) -> None:
    spacing = np.array([1.0, 0.5, 1.0]) * flips
    affine = np.diag([*spacing, 1.0])
    affine[:3, 3] = -spacing * (np.asarray(SIZE) - 1) / 2 + (0, 0, 30)
    ct = volume(Frame(affine, SIZE))
    place(ct, (20, 1, 40), (1, 1, 1), 300)
    (lesion,), _ = find_lesions(ct.array >= 130, ct, ct.array * 0, straight_courses)
    assert lesion.side is Side.LEFT
    assert lesion.center_lps_mm[0] > 0


def test_left_stays_left_in_a_head_that_lies_prone_and_feet_first(straight_courses: dict[Side, Course]) -> None:
    pose = np.diag([-1.0, 1.0, -1.0, 1.0])  # half turn about y: the patient's left is now at -x
    turned = {side: course.transformed(pose) for side, course in straight_courses.items()}
    ct = volume(Frame.regular((1.0, 0.5, 1.0), SIZE, origin=(-30.0, -7.0, -60.0)))
    place(ct, (-20, 1, -45), (1, 1, 1), 300)
    (lesion,), _ = find_lesions(ct.array >= 130, ct, ct.array * 0, turned)
    assert (lesion.side, lesion.segment) == (Side.LEFT, Segment.C6)


def test_volume_of_a_sheared_voxel_is_its_determinant(straight_courses: dict[Side, Course]) -> None:
    affine = np.eye(4)
    affine[:3, 2] = (0, 3, 4)  # axis length 5, but neighbouring slices are 4 apart
    affine[:3, 3] = (-30, -15, 0)
    ct = volume(Frame(affine, (60, 60, 10)))
    ct.array[3, 20, 11:14] = 200
    (lesion,), _ = find_lesions(ct.array >= 130, ct, ct.array * 0, straight_courses)
    assert lesion.volume_mm3 == pytest.approx(3 * 4.0)
    assert lesion.center_lps_mm == pytest.approx((-18, 14, 12))


def test_minimum_volume_is_inclusive_and_off_by_default(frame: Frame, straight_courses: dict[Side, Course]) -> None:
    ct = volume(frame)
    place(ct, (20, 0, 10), (1, 1, 1), 300)
    place(ct, (20, 0, 40), (1, 1, 3), 300)
    mask = ct.array >= 130
    assert len(find_lesions(mask, ct, ct.array * 0, straight_courses).lesions) == 2
    assert len(find_lesions(mask, ct, ct.array * 0, straight_courses, min_volume_mm3=0.5).lesions) == 2
    kept = find_lesions(mask, ct, ct.array * 0, straight_courses, min_volume_mm3=1.5)
    assert [lesion.voxels for lesion in kept.lesions] == [3]
    assert np.count_nonzero(kept.labels) == 3


def test_bone_beside_a_lesion_counts_as_contact(frame: Frame, straight_courses: dict[Side, Course]) -> None:
    ct = volume(frame)
    lesion = place(ct, (20, 0, 20), (1, 1, 1), 300)
    mask = ct.array >= 130
    i = lesion[2].start
    ct.array[lesion[0], lesion[1], i + 1] = 900  # the face across x has 0.5 of 2 x (0.5 + 1 + 0.5) mm2
    (found,), _ = find_lesions(mask, ct, ct.array * 0, straight_courses)
    assert found.bone_contact == pytest.approx(0.125)


def test_an_empty_mask_has_no_lesions(frame: Frame, straight_courses: dict[Side, Course]) -> None:
    ct = volume(frame)
    lesions, labels = find_lesions(np.zeros(frame.shape, dtype=bool), ct, ct.array * 0, straight_courses)
    assert lesions == []
    assert not labels.any()
