from __future__ import annotations

import numpy as np
import pytest
from icac.anatomy import Course, Segment, Side
from icac.geometry import Frame, Volume
from icac.lesions import find_lesions, measure_burden


@pytest.fixture
def scan() -> tuple[Volume, np.ndarray]:
    """Voxels of 2 mm3: 2 of calcium right in C3, 3 left in C4, and one uncertain dense voxel left in C6."""
    frame = Frame.regular((1.0, 1.0, 2.0), (60, 20, 30), origin=(-30.0, -10.0, 0.0))
    hu = np.full(frame.shape, 40.0, dtype=np.float32)
    probability = np.zeros(frame.shape, dtype=np.float32)
    hu[6, 10, 10:12], probability[6, 10, 10:12] = 250, 0.8
    hu[12, 10, 50:53], probability[12, 10, 50:53] = 350, 0.9
    hu[20, 10, 50], probability[20, 10, 50] = 130, 0.25
    probability[2, 10, 10] = 0.4  # soft tissue: never counts
    return Volume(hu, frame), probability


def test_totals_per_side_and_segment(scan: tuple[Volume, np.ndarray], straight_courses: dict[Side, Course]) -> None:
    ct, probability = scan
    lesions, _ = find_lesions((probability > 0.5) & (ct.array >= 130), ct, probability, straight_courses)
    burden = measure_burden(lesions, ct, probability, straight_courses)
    assert burden.total.lesions == 2
    assert burden.total.volume_mm3 == pytest.approx(10.0)
    assert burden.by_side[Side.RIGHT].volume_mm3 == pytest.approx(4.0)
    assert burden.by_side[Side.LEFT].volume_mm3 == pytest.approx(6.0)
    assert burden.volume_by_segment_mm3[Side.RIGHT][Segment.C3] == pytest.approx(4.0)
    assert burden.volume_by_segment_mm3[Side.LEFT][Segment.C4] == pytest.approx(6.0)
    assert burden.segment_volume_mm3(Segment.C4) == pytest.approx(6.0)
    assert burden.segment_volume_mm3(Segment.C6) == 0
    assert burden.total.agatston == pytest.approx((2 * 2 + 3 * 3) * 2 / 3)


def test_expected_volume_sums_probabilities_of_dense_voxels_only(scan: tuple[Volume, np.ndarray],
                                                                 straight_courses: dict[Side, Course]) -> None:
    ct, probability = scan
    burden = measure_burden([], ct, probability, straight_courses)
    assert burden.by_side[Side.RIGHT].expected_volume_mm3 == pytest.approx(2 * 2 * 0.8)
    assert burden.by_side[Side.LEFT].expected_volume_mm3 == pytest.approx(2 * (3 * 0.9 + 0.25))
    assert burden.total.expected_volume_mm3 == pytest.approx(2 * (1.6 + 2.7 + 0.25))
    assert burden.total.volume_mm3 == 0


def test_expected_volume_stays_within_the_analysed_region(scan: tuple[Volume, np.ndarray],
                                                          straight_courses: dict[Side, Course]) -> None:
    ct, probability = scan
    region = np.zeros(ct.array.shape, dtype=bool)
    region[:10] = True
    burden = measure_burden([], ct, probability, straight_courses, region)
    assert burden.total.expected_volume_mm3 == pytest.approx(2 * 1.6)
    assert burden.by_side[Side.LEFT].expected_volume_mm3 == 0


def test_a_scan_without_calcium_is_all_zeros(scan: tuple[Volume, np.ndarray],
                                             straight_courses: dict[Side, Course]) -> None:
    ct, probability = scan
    burden = measure_burden([], ct, probability * 0, straight_courses)
    assert burden.total == burden.by_side[Side.LEFT] == burden.by_side[Side.RIGHT]
    assert burden.total.volume_mm3 == burden.total.expected_volume_mm3 == burden.total.lesions == 0
