from __future__ import annotations

import json

import numpy as np
import pytest
from icac.anatomy import Course, Segment, Side
from icac.errors import InputError
from icac.evaluation import evaluate
from icac.geometry import Volume

BLOCK = np.s_[2:4, 3:5, 2:5]  # 12 voxels on the right side (low x)
LEFT = np.s_[5, 7, 15:19]  # 4 voxels on the left


def test_volumes_in_a_sheared_frame_are_by_determinant(make_case, sheared):
    (found,) = evaluate([make_case("a", sheared, [np.s_[2:4, 3:5, 2:4]], [BLOCK])]).cases
    assert found.overlap.truth_mm3 == pytest.approx(12 * 0.5)
    assert found.overlap.predicted_mm3 == pytest.approx(8 * 0.5)
    assert found.overlap.dice == pytest.approx(2 * 8 / 20)


def test_lesions_found_missed_and_false(make_case, cubic):
    case = make_case("a", cubic, [np.s_[2, 3, 2:4], np.s_[6, 1, 0:2]], [BLOCK, LEFT])
    evaluation = evaluate([case])
    (found,) = evaluation.cases
    assert (found.truth_lesions, found.found_lesions, found.predicted_lesions, found.false_lesions) == (2, 1, 2, 1)
    kinds = {(lesion.kind, lesion.side, lesion.voxels): lesion.covered_share for lesion in evaluation.lesions}
    assert kinds == {("found", "right", 12): 2 / 12, ("missed", "left", 4): 0.0, ("false", "right", 2): 0.0}


def test_lesion_must_be_covered_by_the_stated_share(make_case, cubic):
    case = make_case("a", cubic, [np.s_[2, 3, 2:5]], [BLOCK])  # a quarter of it
    assert evaluate([case], min_overlap=0.25).cases[0].found_lesions == 1
    assert evaluate([case], min_overlap=0.26).cases[0].found_lesions == 0


def test_voxels_that_touch_by_a_corner_are_one_lesion(make_case, cubic):
    case = make_case("a", cubic, [], [np.s_[1, 1, 1], np.s_[2, 2, 2], np.s_[4, 2, 2]])
    assert evaluate([case]).cases[0].truth_lesions == 2


def test_sides_by_the_middle_of_the_grid(make_case, cubic):
    (found,) = evaluate([make_case("a", cubic, [LEFT], [BLOCK])]).cases
    assert found.sides_by == "middle of the grid"
    assert found.truth_by_territory == {(Side.RIGHT, None): 12.0, (Side.LEFT, None): 0.0}
    assert found.score_by_territory == {(Side.RIGHT, None): 0.0, (Side.LEFT, None): 4.0}


def test_sides_by_the_midline_of_a_skull_that_lies_off_centre(make_case, cubic):
    hu = np.zeros(cubic.shape, dtype=np.int16)
    hu[:, :, 0] = hu[:, :, 4] = 1000  # the midline is at voxel 2
    (found,) = evaluate([make_case("a", cubic, [], [np.s_[2, 3, 3]], ct=Volume(hu, cubic))]).cases
    assert found.sides_by == "midline of the skull"
    assert found.truth_by_territory[Side.LEFT, None] == 1.0


def test_segments_by_the_courses(make_case, cubic):
    def course(side: Side, x: float) -> Course:
        z = np.arange(0.0, 8.0, 0.5)
        points = np.stack([np.full_like(z, x), np.full_like(z, 5.0), z], axis=1)
        return Course(side, points, np.full(len(z), 2.0), np.where(z < 4, 4, 7))

    courses = {Side.RIGHT: course(Side.RIGHT, -6.0), Side.LEFT: course(Side.LEFT, 6.0)}
    case = make_case("a", cubic, [BLOCK], [BLOCK, LEFT], courses=courses)
    (found,) = evaluate([case]).cases
    assert found.sides_by == "courses"
    positive = {key: volume for key, volume in found.truth_by_territory.items() if volume}
    assert positive == {(Side.RIGHT, Segment.C4): 12.0, (Side.LEFT, Segment.C7): 4.0}


def test_courses_from_the_report_of_a_run(make_case, cubic, tmp_path):
    shift = np.eye(4)
    shift[:3, 3] = (100.0, 0, 0)  # both arteries lie on the far left of the grid, so all is right
    report = tmp_path / "report.json"
    report.write_text(json.dumps({"registration": {"reference_to_scan_lps_mm": shift.tolist()}}))
    (found,) = evaluate([make_case("a", cubic, [], [LEFT], courses=report)]).cases
    assert sum(v for (side, _), v in found.truth_by_territory.items() if side is Side.RIGHT) == 4.0
    report.write_text("{}")
    with pytest.raises(InputError, match="not a report of"):
        evaluate([make_case("a", cubic, [], [LEFT], courses=report)])


def test_density_and_bone_contact_of_lesions(make_case, cubic):
    hu = np.zeros(cubic.shape, dtype=np.int16)
    hu[2, 3, 2:4], hu[2, 3, 4] = (200, 300), 900
    evaluation = evaluate([make_case("a", cubic, [], [np.s_[2, 3, 2:4]], ct=Volume(hu, cubic))])
    (lesion,) = evaluation.lesions
    assert (lesion.mean_hu, lesion.max_hu) == (250, 300)
    assert lesion.bone_contact_share == pytest.approx(1 / 10)  # one of the ten faces of two voxels


def test_expected_volume_counts_dense_voxels_only(make_case, sheared):
    probability = np.zeros(sheared.shape, dtype=np.float32)
    probability[2, 3, 2:6] = 0.75
    hu = np.full(sheared.shape, 129, dtype=np.int16)
    hu[2, 3, 2:5] = 130
    case = make_case("a", sheared, [], [np.s_[2, 3, 4:8]], probability=Volume(probability, sheared),
                     ct=Volume(hu, sheared))
    evaluation = evaluate([case])
    (found,) = evaluation.cases
    assert found.expected_mm3 == pytest.approx(3 * 0.75 * 0.5)
    assert found.unanalysed_mm3 == pytest.approx(3 * 0.5)
    (variant,) = evaluation.calibration.variants  # one case cannot be recalibrated by others
    assert variant.expected_mm3 == pytest.approx([3 * 0.75 * 0.5], rel=5e-3)  # logits are kept in bins of 0.02
    assert variant.reliability.ece == pytest.approx(0.75 - 1 / 3, rel=5e-3)


def test_recalibration_is_fitted_on_validation_cases_only(make_case, cubic):
    def case(name: str, truth: list, split: str):
        probability = np.zeros(cubic.shape, dtype=np.float32)
        probability[1, 1, :10] = 0.9
        return make_case(name, cubic, [], truth, split=split, probability=Volume(probability, cubic))

    evaluation = evaluate([case("v", [np.s_[1, 1, :6]], "validation"), case("t", [np.s_[1, 1, :9]], "test"),
                           case("x", [], "train")])
    assert [c.case for c in evaluation.cases] == ["t"]
    before, after, _ = evaluation.calibration.variants
    assert before.expected_mm3 == pytest.approx([9.0], rel=5e-3)
    assert after.expected_mm3 == pytest.approx([6.0], rel=5e-3)


def test_cases_stream(make_case, cubic):
    """A generator is consumed one case at a time."""
    alive = []

    def cases():
        for number in range(3):
            alive.append(number)
            yield make_case(f"case{number}", cubic, [BLOCK], [BLOCK])

    assert len(evaluate(cases()).cases) == len(alive) == 3


@pytest.mark.parametrize("splits", [[], ["train"], ["val"]])
def test_nothing_to_evaluate(make_case, cubic, splits):
    with pytest.raises(InputError, match="no case to evaluate"):
        evaluate([make_case("a", cubic, [], [], split=split) for split in splits])


def test_name_that_occurs_twice(make_case, cubic):
    with pytest.raises(InputError, match="more than once"):
        evaluate([make_case("a", cubic, [], [])] * 2)
