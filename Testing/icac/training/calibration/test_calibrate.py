from __future__ import annotations

import numpy as np
import pytest
from icac.cli import main
from icac.ct import write_volume
from icac.models import ModelPackage, default_model
from icac.training.calibration.calibrate import (
    KNOTS_MM,
    best_lesion_threshold,
    best_threshold,
    fit,
    pooled_figures,
    threshold_within_lesions,
)


def test_fit_recovers_temperature_and_prior():
    rng = np.random.default_rng(3)
    n = 60_000
    logit, distance = rng.normal(0, 4, n), rng.uniform(0, 14, n)
    prior = np.array([2.0, 1.5, 0.5, 0.0, -1.0, -2.0, -3.0, -3.5])
    p = 1 / (1 + np.exp(-(logit / 2.5 + np.interp(distance, KNOTS_MM, prior))))
    temperature, found = fit(logit, distance, rng.random(n) < p)
    assert temperature == pytest.approx(2.5, rel=0.08)
    assert found.log_odds == pytest.approx(prior, abs=0.25)


def test_threshold_gives_the_true_volume_where_dice_allows():
    rng = np.random.default_rng(5)
    probability = rng.beta(0.3, 1.2, 200_000)
    truth = rng.random(200_000) < probability
    assert (probability >= best_threshold(probability, truth)).sum() == truth.sum()


def test_threshold_of_the_highest_dice_where_the_volume_costs_too_much():
    probability = np.array([0.9, 0.8, 0.7, 0.2, 0.1])
    truth = np.array([True, True, False, True, False])
    assert best_threshold(probability, truth) == 0.2


def test_threshold_of_the_true_volume_counts_voxels_by_their_volume():
    probability = np.array([0.9, 0.8, 0.7, 0.6, 0.1])
    truth = np.array([True, False, True, True, False])
    volume = np.array([1.0, 0.1, 2.0, 0.1, 9.0])
    assert best_threshold(probability, truth, volume) == 0.7, "3.1 mm3 are chosen, as many as are ICAC"


def test_figures_are_those_of_what_both_thresholds_accept():
    probability, truth = np.zeros((1, 1, 12)), np.zeros((1, 1, 12), bool)
    probability[0, 0, :4] = 0.9, 0.3, 0.3, 0.1
    probability[0, 0, 6:8] = 0.3  # left out: no voxel of it reaches the lesion threshold
    truth[0, 0, :2], truth[0, 0, 6:8] = True, True
    figures = pooled_figures([(probability, truth, 0.5), (probability[..., :3], truth[..., :3], 2.0)], 0.2, 0.5)
    assert figures == pytest.approx({"dice": 10 / 13.5, "sensitivity": 5 / 6, "ppv": 5 / 7.5})


def test_lesion_threshold_drops_specks_and_keeps_lesions():
    probability, truth = np.zeros((4, 12, 12)), np.zeros((4, 12, 12), bool)
    truth[1:3, 2:5, 2:5] = True
    probability[1:3, 2:6, 2:5] = 0.3
    probability[1, 3, 3] = 0.65
    probability[1, 9, 2::3] = 0.35
    threshold, figures = best_lesion_threshold([(probability, truth), (probability * ~truth, truth & False)], 0.2)
    assert threshold == 0.6, "the highest that keeps the lesion"
    assert figures == {"lesion_f1": 1.0, "false_lesions": 0.0}


def test_a_lower_threshold_gives_back_the_volume_of_dropped_lesions():
    probability, truth = np.zeros((1, 1, 30)), np.zeros((1, 1, 30), bool)
    probability[0, 0, :12] = np.linspace(0.9, 0.1, 12)
    probability[0, 0, 20:24] = 0.5
    truth[0, 0, :6], truth[0, 0, 20:24] = True, True

    def cases():
        yield probability, truth, 0.5

    assert threshold_within_lesions(cases, 0.3, 0.0) == 0.3
    threshold = threshold_within_lesions(cases, 0.3, 0.8)
    assert np.count_nonzero(probability[0, 0, :12] >= threshold) in (9, 10)
    assert 0.2 < threshold < 0.3


def test_annotated_scans_calibrate_a_model(demo_scan, tmp_path, capsys):
    write_volume(demo_scan.ct, tmp_path / "ct.nii.gz")
    write_volume(demo_scan.icac, tmp_path / "roi.nii.gz")
    manifest = tmp_path / "manifest.csv"
    manifest.write_text("case,split,image,label\na,train,ct.nii.gz,roi.nii.gz\nb,validation,ct.nii.gz,roi.nii.gz\n")
    model = default_model().spec
    assert main(["calibrate", model.name, "--data", str(manifest), "-o", str(tmp_path / "model"), "--device", "cpu",
                 "--cache", str(tmp_path / "cases"), "--progress", "none"]) == 0
    assert "pooled over 1 cases: Dice 0." in capsys.readouterr().out
    made = ModelPackage.load(tmp_path / "model").spec
    assert made.weights == model.weights
    assert made.temperature != model.temperature
    assert len(list((tmp_path / "cases").glob("*.npz"))) == 1
