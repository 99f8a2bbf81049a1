from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from icac.ct.masks import read_mask
from icac.errors import InputError
from icac.evaluation import CaseInput, evaluate
from icac.evaluation.statistics.calibration import reliability
from icac.evaluation.statistics.temperature import Recalibration
from icac.geometry import Frame, Volume
from icac.inference import Device
from icac.logit_histogram import count_logits, count_shares
from icac.models import IntensityScaling, ModelPackage, ModelSpec, save_package
from icac.network import FCN, FcnConfig
from icac.progress import Silent
from icac.study.methods.figures import save_methods_figures
from icac.study.methods.result import _calibration, _defined
from icac.study.methods.uncertain import on_uncertain_voxels
from icac.study.predictions import predict_cases
from icac.study.row_runs import Predicted, Scored
from icac.trainingset.case_scan import CaseScan
from icac.trainingset.cases import case_frame
from icac.trainingset.drawings import share_of
from icac.trainingset.manifest import ManifestCase

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


def test_observers_and_predictions_that_were_written_lie_on_the_same_voxels(small_block, tmp_path):
    """Files are read again as they were written: with a mirrored axis other voxels would be uncertain."""
    shape, rng = (38, 86, 90), np.random.default_rng(3)
    hu, bits = np.full(shape, 40, np.int16), np.zeros(shape, np.uint8)
    block = np.s_[14:18, 38:44, 26:33]
    hu[block], bits[block] = 300, rng.integers(0, 8, (4, 6, 7))
    np.savez(tmp_path / "a.npz", hu=hu, label=bits & 1, truth=bits & 1, observers=bits, observer_count=3)
    config = FcnConfig(width=1)
    spec = ModelSpec("tiny", "1", "undecided", config, IntensityScaling(-200, 1000, 400, 600), "none", "none", True)
    package = save_package(tmp_path / "tiny", spec, {name: v * 0 for name, v in FCN(config).state_dict().items()})
    manifest = ManifestCase("a", "test", tmp_path / "a.npz", None, "a")
    (files,) = predict_cases(package, [manifest], tmp_path, tmp_path / "row", tmp_path / "test", Device("cpu", "CPU"),
                             Silent())
    (found,) = on_uncertain_voxels(evaluate([files]).cases, [Predicted(tmp_path / "a.npz", files)])
    share = share_of(bits[block], 3)
    reached = read_mask(files.probability).array[2:6, 2:8, 2:9] > 0  # the block begins at (12, 36, 24)
    uncertain = (share > 0) & (share < 1)
    assert 0.1 < share[uncertain].mean() < 0.9 and reached.any()
    assert found.overlap.truth_mm3 == pytest.approx(0.125 * share[uncertain].sum(), rel=1e-5)
    assert found.logits.sum(axis=1) == pytest.approx([(1 - share)[uncertain & reached].sum(),
                                                      share[uncertain & reached].sum()], rel=1e-4)
    moved = CaseInput("a", Volume(np.zeros(SHAPE, np.uint8), case_frame(SHAPE)),
                      Volume(np.zeros(SHAPE, np.uint8), case_frame(SHAPE)),
                      Volume(np.zeros(SHAPE, np.float32), case_frame(SHAPE)))
    with pytest.raises(InputError, match="does not lie on the voxels of"):
        on_uncertain_voxels(evaluate([moved]).cases, [Predicted(tmp_path / "a.npz", moved)])
