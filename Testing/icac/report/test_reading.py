import numpy as np
from icac.anatomy import Side
from icac.reference import load_reference
from icac.registration import Registration
from icac.report import Report
from icac.report.reading import reading_report


def test_a_reading_has_the_courses_of_a_result_and_nothing_of_what_was_found():
    courses = {side.value: {"fitted": False, "moved_mm": 0, "evidence": None, "points_lps_mm": [[1, 2, 3]],
                            "radius_mm": [2], "segment": [4]} for side in Side}
    result = Report({"courses": courses, "lesions": [{"id": 1}], "warnings": ["1 lesion is doubtful"],
                     "totals": {"volume_mm3": 77.7}, "settings": {"probability_threshold": 0.4},
                     "model": {"name": "m", "version": "9", "checksum": "x"}, "files": {"mask": "icac.nii.gz"},
                     "input": {"path": "secret"}})
    reading = reading_report("blind", "case 1", result)
    assert reading.reading == "blind" and reading.amount().volume_mm3 == 0 and reading.amount(Side.LEFT).lesions == 0
    assert reading.courses[Side.LEFT].points.tolist() == [[1, 2, 3]]
    assert reading.warnings == () and reading.files == {} and reading.model == "none" and reading.threshold == 0.4
    assert "77.7" not in reading.text and "doubtful" not in reading.text and reading.input_path == "case 1"
    assert Report.parse(reading.text).record == reading.record


def test_a_reading_without_any_result_lies_where_the_head_was_found():
    pose = np.eye(4)
    pose[:3, 3] = 5, -7, 11
    reading = reading_report("blind", "case 1", Registration(pose, 0.8, 1.0, None))
    reference = load_reference().courses[Side.RIGHT].points
    np.testing.assert_allclose(reading.courses[Side.RIGHT].points, reference + np.array([5, -7, 11]))
