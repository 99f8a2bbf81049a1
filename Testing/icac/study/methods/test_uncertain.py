from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from icac.evaluation import CaseInput, evaluate
from icac.evaluation.statistics.calibration import reliability
from icac.evaluation.statistics.temperature import Recalibration
from icac.geometry import Frame, Volume
from icac.logit_histogram import count_logits, count_shares
from icac.models import IntensityScaling, ModelPackage, ModelSpec
from icac.network import FcnConfig
from icac.study.methods.figures import save_methods_figures
from icac.study.methods.result import _calibration, _defined
from icac.study.methods.uncertain import on_uncertain_voxels
from icac.study.row_runs import Predicted, Scored
from icac.trainingset.case_scan import CaseScan
from icac.trainingset.cases import case_frame

SHAPE = (6, 8, 10)


def test_whole_shares_are_counted_as_truth():
    rng = np.random.default_rng(0)
    logits, truth = rng.normal(0, 4, 50), rng.random(50) < 0.3
    np.testing.assert_array_equal(count_shares(logits, truth.astype(float)), count_logits(logits, truth))


def case(folder, name: str, given: float) -> tuple[CaseInput, Predicted]:
    """Four voxels in a row of 0.125 mm3 that 0, 1, 2 and 4 of 4 observers drew; a network says ``given`` of each."""
    frame = case_frame(SHAPE)
    hu, bits = np.full(SHAPE, 40, np.int16), np.zeros(SHAPE, np.uint8)
    row = np.s_[2, 3, 4:8]
    hu[row], bits[row] = 300, [0b0, 0b1, 0b101, 0b1111]
    label = (bits & 1).astype(np.uint8)
    scan = CaseScan(Volume(hu, frame), Volume(label, frame), np.eye(4))
    np.savez(folder / f"{name}.npz", hu=hu, label=label, **scan.arrays(), observer_count=4, scan_observers=bits,
             scan_truth=label)
    probability = np.zeros(SHAPE, np.float32)
    probability[row] = given
    files = CaseInput(name, Volume((probability >= 0.5).astype(np.uint8), frame), Volume(label, frame),
                      Volume(probability, frame), Volume(hu, frame))
    return files, Predicted(folder / f"{name}.npz", files)


def test_only_what_observers_differ_in_is_measured_by_the_share_that_drew_it(tmp_path):
    """Two voxels are uncertain: a quarter and a half of the observers drew them, 0.75 x 0.125 mm3."""
    files, predicted = zip(*(case(tmp_path, name, given) for name, given in (("a", 0.375), ("b", 0.75))), strict=True)
    evaluation = evaluate(files)
    low, high = on_uncertain_voxels(evaluation.cases, predicted)
    assert [found.overlap.truth_mm3 for found in (low, high)] == pytest.approx([0.75 * 0.125] * 2)
    assert [found.overlap.predicted_mm3 for found in (low, high)] == pytest.approx([0.0, 2 * 0.125])
    assert high.overlap.both_mm3 == pytest.approx(0.75 * 0.125)
    assert low.logits.sum(axis=1) == pytest.approx([1.25, 0.75])
    assert reliability(low.logits, Recalibration().bin_probabilities()).ece == pytest.approx(0.0, abs=0.01)
    assert reliability(high.logits, Recalibration().bin_probabilities()).ece == pytest.approx(0.375, abs=0.01)
    spec = ModelSpec("tiny", "1", "", FcnConfig(), IntensityScaling(0, 1, 0, 1), "", "", True, temperature=2.0)
    scored = Scored(evaluation, ModelPackage(tmp_path, spec), tmp_path, None, predicted, {"a": 1.0, "b": 1.0})
    bare, as_packed, shifted = _calibration(scored, [low, high])
    assert as_packed["expected_over_true"] == pytest.approx((0.375 + 0.75) / 0.75, abs=0.01)
    assert as_packed["thresholded_over_true"] == pytest.approx(2 / 1.5)
    assert bare["ece_pooled"] == as_packed["ece_pooled"], "by networks of temperature 1"
    sharper = next(_calibration(replace(scored, temperatures={}), [low, high]))
    twice = [1 / (1 + ((1 - p) / p) ** 2) for p in (0.375, 0.75)]
    assert sharper["expected_over_true"] == pytest.approx(sum(twice) / 0.75, abs=0.01)
    assert shifted["recalibration"] == "temperature and shift"
    assert as_packed["ece_image"] == pytest.approx(0.1875, abs=0.01)
    assert [quarter["quarter"] for quarter in as_packed["quarters"]] == [1, 2]
    kept = _defined({"calibration": [bare, as_packed, shifted], "uncertain": [bare, as_packed, shifted]})
    made = save_methods_figures({"one": kept, "two": kept}, tmp_path)
    assert made == ["methods_bias.png", "methods_reliability.png", "methods_reliability_uncertain.png"]
    assert all((tmp_path / name).stat().st_size > 5000 for name in made)


def test_cases_without_observers_have_no_uncertain_voxels(tmp_path):
    frame = Frame.regular((0.5,) * 3, SHAPE[::-1])
    np.savez(tmp_path / "a.npz", hu=np.zeros(SHAPE, np.int16), label=np.zeros(SHAPE, np.uint8))
    empty = Volume(np.zeros(SHAPE, np.uint8), frame)
    files = CaseInput("a", empty, empty, Volume(np.zeros(SHAPE, np.float32), frame))
    assert on_uncertain_voxels(evaluate([files]).cases, [Predicted(tmp_path / "a.npz", files)]) == []
