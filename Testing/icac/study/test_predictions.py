from __future__ import annotations

import numpy as np
import pytest
from icac import segment
from icac.course import CourseFit, on_course
from icac.ct import read_ct, write_volume
from icac.ct.harmonise import plan_harmonisation, remaining_noise
from icac.ct.masks import read_mask
from icac.errors import InputError
from icac.geometry import Frame, Volume
from icac.inference import choose_device
from icac.models import default_model
from icac.progress import Silent
from icac.reference import load_reference
from icac.registration import register
from icac.study.predictions import case_inputs, predict_cases
from icac.training.calibration.held_out import ScoredVoxels
from icac.trainingset.manifest import ManifestCase


@pytest.mark.parametrize("shear", [0.0, 0.15])
def test_annotated_scans_are_predicted_on_their_own_voxels(demo_scan, tmp_path, shear):
    ct, roi = _sheared(demo_scan.ct, shear, "linear", -1024), _sheared(demo_scan.icac, shear, "nearest", 0)
    case = ManifestCase("a", "test", write_volume(ct, tmp_path / "ct.nii.gz"),
                        write_volume(roi, tmp_path / "roi.nii.gz"), "a")
    cpu = choose_device("cpu")
    [made] = predict_cases(default_model(), [case], tmp_path / "cases", tmp_path, tmp_path, cpu, Silent())
    assert made.truth.name == ("a.nrrd" if shear else "a.nii.gz")
    part, truth, predicted = read_ct(made.ct).volume, read_mask(made.truth), read_mask(made.predicted)
    start = np.rint(ct.frame.to_index(part.frame.origin)).astype(int)
    pose = register(ct, load_reference()).reference_to_scan
    plan = plan_harmonisation(ct, pose)
    measured = plan.applied(ct)
    own = measured.crop(tuple(start), part.frame.size)
    np.testing.assert_array_equal(part.array, own.array)
    np.testing.assert_allclose(part.frame.affine, own.frame.affine, atol=1e-4)
    drawn = (roi.crop(tuple(start), part.frame.size).array > 0) & (own.array >= 130)
    np.testing.assert_array_equal(truth.array > 0, drawn)
    assert drawn.sum() == ((roi.array > 0) & (measured.array >= 130)).sum()
    [prepared] = (tmp_path / "cases").glob("*.npz")
    noise = ScoredVoxels(prepared).noise
    assert noise.sd_hu == pytest.approx(remaining_noise(measured, pose), rel=0.1), "as of the whole scan"
    assert noise.grain_mm == pytest.approx(plan.grain_mm(ct.frame), rel=0.1)
    found = predicted.array > 0
    assert 2 * (found & drawn).sum() / (found.sum() + drawn.sum()) > 0.85
    center = part.frame.to_lps(np.argwhere(drawn)[:, ::-1]).mean(axis=0)
    middle = np.mean([course.points.mean(axis=0) for course in made.courses.values()], axis=0)
    assert np.linalg.norm(center - middle) < 30, "the courses lie in the space of the scan"
    if not shear:
        reported = segment(case.image, device="cpu", region="carotid").mask.crop(tuple(start), part.frame.size).array
        assert np.count_nonzero(reported != found) <= 0.01 * found.sum(), "what is judged is what would be reported"
    [again] = predict_cases(default_model(), [case], tmp_path / "cases", tmp_path, tmp_path, cpu, Silent())
    assert again.predicted == made.predicted


def test_sides_and_segments_are_told_by_the_courses_of_the_prediction(cohort, small_block, tmp_path, monkeypatch):
    """As the product does it: fitted courses, in the space in which the case is judged."""
    moved = {side: CourseFit(course.transformed(translation(0.0, side.sign_x_lps, 2.0)), 0.9, 2.2, True)
             for side, course in load_reference().courses.items()}
    monkeypatch.setattr("icac.training.calibration.held_out.on_course",
                        lambda *arguments, **options: on_course(*arguments, **options)._replace(courses=moved))
    monkeypatch.setattr("icac.study.predictions.pose_of_case", lambda path: translation(5.0, -7.0, 11.0))
    case = ManifestCase("case0", "test", cohort / "case0.npz", None, "p0")
    [made] = predict_cases(default_model(), [case], tmp_path, tmp_path, tmp_path, choose_device("cpu"), Silent())
    for side, fit in moved.items():
        expected = fit.course.transformed(translation(5.0, -7.0, 11.0))
        np.testing.assert_allclose(made.courses[side].points, expected.points, atol=1e-9)
        assert made.courses[side].side is side
    (tmp_path / "courses" / "case0.npz").write_bytes(b"PK damaged")
    with pytest.raises(InputError, match=r"case0\.npz .* predict it again"):
        case_inputs([case], tmp_path, tmp_path)
    (tmp_path / "courses" / "case0.npz").unlink()
    with pytest.raises(InputError, match="missing"):
        case_inputs([case], tmp_path, tmp_path)


def translation(*shift_lps_mm: float) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, 3] = shift_lps_mm
    return matrix


def _sheared(volume: Volume, shear: float, interpolation: str, outside: float) -> Volume:
    """Sample a volume on a frame whose slices slip back by ``shear`` mm a mm."""
    if not shear:
        return volume
    affine = volume.frame.affine.copy()
    affine[1, 2] += shear * volume.frame.spacing[2]
    return volume.resample(Frame(affine, volume.frame.size), interpolation=interpolation, outside=outside)
