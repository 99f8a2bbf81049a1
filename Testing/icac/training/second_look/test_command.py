"""``icac model second-look`` on a simulated patient, as it is in use: drawn out, learnt, calibrated, seen again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from icac.cli import main
from icac.inference import Device, load_engine, shared_engine
from icac.models import ModelPackage, default_model
from icac.training.calibration.held_out import HeldOut, ScoredVoxels
from icac.training.calibration.moved_case import MovedCase


@pytest.fixture(scope="module")
def patient(tmp_path_factory):
    """A training case of a patient with much ICAC in a scan of thick slices."""
    folder = tmp_path_factory.mktemp("patient")
    assert main(["simulate", "1", "-o", str(folder), "--seed", "3", "--mix", "heavy", "--format", "training",
                 "--cases-per-head", "1", "--with-scan", "--progress", "none"]) == 0
    return folder


@pytest.fixture(scope="module")
def seeing_again(patient):
    folder = patient / "model"
    assert main(["model", "second-look", "--data", str(patient / "manifest.csv"), "-o", str(folder), "--minutes",
                 "0.02", "--width", "4", "--progress", "none"]) == 0
    return ModelPackage.load(folder)


def test_the_first_network_stays(seeing_again):
    before = default_model()
    assert seeing_again.spec.stored == before.spec.stored
    assert seeing_again.gate is not None
    assert seeing_again.spec.version == f"{before.spec.version}-second-look"
    assert seeing_again.spec.second_look.width == 4
    assert seeing_again.spec.second_look.training_data == "1 cases (2 carotids that were found)"


def test_it_is_another_model_where_engines_are_shared(seeing_again):
    moved = replace(default_model(), folder=seeing_again.folder)     # as it was before it was replaced there
    assert shared_engine(moved, device="cpu").second_look is None
    assert shared_engine(seeing_again, device="cpu").second_look is not None


def test_both_engines_see_the_same_again(seeing_again):
    shown = np.random.default_rng(0).normal(size=(7, 208, 32, 32)).astype(np.float32)
    by_openvino, by_torch = (load_engine(seeing_again, engine, "cpu").second_look(shown)
                             for engine in ("openvino", "torch"))
    assert by_openvino == pytest.approx(by_torch, abs=1e-4)
    assert by_torch.shape == (208, 32, 32)


def test_calibration_keeps_it_and_fits_the_thresholds_alone(seeing_again, patient, tmp_path):
    table = patient / "validation.csv"
    [image] = [path.name for path in patient.glob("head*.npz")]
    table.write_text(f"case,split,image\nfirst,train,{image}\nsecond,validation,{image}\n")
    assert main(["calibrate", str(seeing_again.folder), "--data", str(table), "-o", str(tmp_path / "fitted"),
                 "--progress", "none"]) == 0
    fitted = ModelPackage.load(tmp_path / "fitted")
    assert fitted.second_look.data == seeing_again.second_look.data
    assert fitted.spec.temperature == seeing_again.spec.temperature
    assert fitted.spec.course_prior == seeing_again.spec.course_prior
    assert fitted.spec.threshold != seeing_again.spec.threshold
    assert fitted.spec.metrics["calibration"]["cases"] == 1


def test_the_result_of_a_scan_comes_through_it(seeing_again, patient, monkeypatch):
    """What is added reaches the probability of the scan in every pose: here, that nothing is ICAC."""
    case, device, network = next(patient.glob("head*.npz")), Device("cpu", "CPU"), seeing_again.load_network()
    before = HeldOut(case, seeing_again, network, device)
    monkeypatch.setattr("icac.second_look.corrections.Corrections.added_to",
                        lambda self, probability, points, side: 0.0 * probability)
    after = HeldOut(case, seeing_again, network, device)
    voxels = ScoredVoxels(case)
    seen = MovedCase(case, seeing_again, network, device).probability(voxels, after.found)
    assert before.found.corrections is not None
    assert np.count_nonzero(before.probability[before.dense] >= 0.9) > 100
    assert np.count_nonzero(after.probability[after.dense] >= 0.9) == 0
    assert np.count_nonzero(seen[voxels.dense] >= 0.9) < 10


@pytest.mark.parametrize(("options", "code", "words"), [
    (["--width", "3"], 3, "width of the second look must be from 4 to 64"),
    (["--minutes", "-1"], 3, "minutes of a training must be more than 0"),
    (["--minutes", "nan"], 3, "minutes of a training must be more than 0"),
    (["--go-on"], 5, "has no second look to go on from"),
])
def test_what_cannot_be_is_told(patient, tmp_path, capsys, options, code, words):
    assert main(["model", "second-look", "--data", str(patient / "manifest.csv"), "-o", str(tmp_path / "out"),
                 *options]) == code
    assert words in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
