from __future__ import annotations

import numpy as np
import pytest
from icac.cohort.page.suspicion import BONE, IMPLAUSIBLE, OF_FAILURE, OUTLIER, REGISTRATION, UNSURE, WARNING, suspicions
from icac.cohort.results.expected_interval import expected_interval
from icac.geometry import Frame, Volume

GOOD = {"volume_mm3": 20.0, "registration_quality": 0.95, "bone_contact_share": 0.1, "mean_probability": 0.9,
        "expected_low_mm3": 15.0, "expected_high_mm3": 25.0, "expected_volume_mm3": 20.0, "warnings": "",
        "registration_warning": ""}


@pytest.mark.parametrize(("change", "reason"), [
    ({"registration_quality": 0.6}, REGISTRATION),
    ({"registration_warning": "Poor.", "warnings": "Poor."}, REGISTRATION),
    ({"bone_contact_share": 0.6}, BONE), ({"mean_probability": 0.2}, UNSURE), ({"expected_high_mm3": 90.0}, UNSURE),
    ({"warnings": "Thick slices."}, WARNING)])
def test_each_reason_alone(change, reason):
    good, bad = suspicions([GOOD, GOOD | change])
    assert (good.score, good.reasons) == (0.0, ())
    assert bad.reasons == (reason,)
    assert 0 < bad.score < OF_FAILURE.score


def test_more_reasons_weigh_more_and_a_failure_most():
    one, both, all_ = suspicions([GOOD | {"bone_contact_share": 0.6},
                                  GOOD | {"bone_contact_share": 0.6, "registration_quality": 0.6},
                                  dict.fromkeys(GOOD, 0.0) | {"bone_contact_share": 1.0, "warnings": "x",
                                                              "registration_warning": "y"}])
    assert one.score < both.score < all_.score < OF_FAILURE.score


def test_an_implausible_result_comes_before_all_others():
    said = {"implausible": "This result is implausible: ...", "warnings": "This result is implausible: ..."}
    one, both = suspicions([GOOD | said, GOOD | said | {"bone_contact_share": 1.0, "registration_quality": 0.1}])
    assert OF_FAILURE.score < one.score < both.score
    assert one.reasons[0] == both.reasons[0] == IMPLAUSIBLE


def test_outlying_volumes_are_judged_within_the_cohort():
    rows = [GOOD | {"volume_mm3": float(volume)} for volume in np.geomspace(20, 80, 60)]
    rows[7]["volume_mm3"] = 5000.0
    judged = suspicions(rows)
    assert [OUTLIER in one.reasons for one in judged] == [number == 7 for number in range(60)]
    assert not any(OUTLIER in one.reasons for one in suspicions(rows[:10]))  # too few to judge


def test_rows_of_any_computation_can_be_judged():
    assert [one.score for one in suspicions([{"volume_mm3": 1.0}, {"volume_mm3": 2.0}])] == [0.0, 0.0]


def ct_with(probabilities: dict[tuple[int, int, int], float]) -> tuple[Volume, np.ndarray]:
    frame = Frame.regular((0.5, 1.0, 2.0), (12, 10, 8), origin=(0, 0, 0))  # 1 mm3
    probability = np.zeros((8, 10, 12), np.float32)
    for index, value in probabilities.items():
        probability[index] = value
    return Volume(np.full((8, 10, 12), 300, np.int16), frame), probability


def test_voxels_near_each_other_are_in_or_out_together():
    near = {(1, 1, x): 0.5 for x in range(8)}  # within one cube of 4 mm
    assert expected_interval(*ct_with(near)) == (0.0, 8.0)
    apart = {(z, y, x): 0.5 for z in (0, 2, 4, 6) for y in (0, 4, 8) for x in (0, 8)}
    low, high = expected_interval(*ct_with(apart))  # 24 cubes: binomial, 12 +- 1.96 x 2.45
    assert low == pytest.approx(7, abs=1)
    assert high == pytest.approx(17, abs=1)


def test_sure_volumes_have_no_interval_and_only_dense_voxels_count():
    ct, probability = ct_with({(2, 3, 4): 1.0, (2, 3, 5): 1.0})
    assert expected_interval(ct, probability) == (2.0, 2.0)
    ct.array[2, 3, 5] = 100
    assert expected_interval(ct, probability) == (1.0, 1.0)
    assert expected_interval(ct, np.zeros_like(probability)) == (0.0, 0.0)
