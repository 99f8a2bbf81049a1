from __future__ import annotations

import numpy as np
import pytest
from icac.cli import main
from icac.ct import write_volume
from icac.geometry import Frame, Volume
from icac.lesions.noise import NoiseField
from icac.models import ModelPackage, default_model
from icac.training.calibration.calibrate import (
    KNOTS_MM,
    best_lesion_threshold,
    best_threshold,
    fit,
    pooled_figures,
    threshold_of_reported,
)
from icac.training.calibration.reportable import Reportable


def test_fit_recovers_temperature_and_prior():
    rng = np.random.default_rng(3)
    n = 120_000
    logit, distance, in_canal = rng.normal(0, 4, n), rng.uniform(-2, 4, n), rng.random(n) < 0.5
    outside, canal = (np.array(row) for row in (
        [2.0, 1.8, 1.5, 1.0, 0.5, 0.0, -0.5, -1.0, -2.0, -3.0],
        [1.0, 1.0, 0.5, 0.0, -1.0, -2.0, -3.0, -3.2, -3.4, -3.5]))
    added = np.where(in_canal, np.interp(distance, KNOTS_MM, canal), np.interp(distance, KNOTS_MM, outside))
    p = 1 / (1 + np.exp(-(logit / 2.5 + added)))
    temperature, found = fit(logit, distance, in_canal, rng.random(n) < p)
    assert temperature == pytest.approx(2.5, rel=0.02)
    assert found.log_odds == pytest.approx(outside, abs=0.2)
    assert found.canal_log_odds == pytest.approx(canal, abs=0.2)
    assert found.from_lumen


def test_where_the_course_is_not_known_nothing_is_learnt_and_nothing_added():
    logit, truth = np.linspace(-3, 3, 400), np.arange(400) % 3 > 0
    known = np.arange(400) < 200
    distance = np.where(known, 1.0, np.nan)
    _, prior = fit(logit, distance, np.zeros(400, bool), truth)
    p = 1 / (1 + np.exp(-logit))
    assert prior.apply(p, distance, False)[~known] == pytest.approx(p[~known], rel=1e-5)
    assert not np.allclose(prior.apply(p, distance, False)[known], p[known], rtol=0.01)


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


def reportable(probability, truth, voxel_mm3=0.5, hu=400, noise_sd=float("nan")):
    """A case in water: ``hu`` where ICAC is or is suspected; noise counts if its standard deviation is given."""
    where = (probability > 0) | truth
    frame = Frame.regular((1.0, 1.0, voxel_mm3), probability.shape[::-1])
    ct = Volume(np.where(where, hu, 0).astype(np.int16), frame)
    return Reportable(ct, NoiseField(noise_sd, (1.0, 1.0, 1.0), 60_000.0), where, probability[where], truth[where])


def test_figures_are_those_of_what_both_thresholds_count():
    probability, truth = np.zeros((1, 1, 12)), np.zeros((1, 1, 12), bool)
    probability[0, 0, :4] = 0.9, 0.3, 0.3, 0.1
    probability[0, 0, 6:8] = 0.3  # left out: no voxel of it reaches the lesion threshold
    truth[0, 0, :2], truth[0, 0, 6:8] = True, True
    figures = pooled_figures([reportable(probability, truth), reportable(probability[..., :3], truth[..., :3], 2.0)],
                             0.2, 0.5)
    assert figures == pytest.approx({"dice": 10 / 13.5, "sensitivity": 5 / 6, "ppv": 5 / 7.5})


def test_lesion_threshold_drops_specks_and_keeps_lesions():
    probability, truth = np.zeros((4, 12, 12)), np.zeros((4, 12, 12), bool)
    truth[1:3, 2:5, 2:5] = True
    probability[1:3, 2:6, 2:5] = 0.3
    probability[1, 3, 3] = 0.65
    probability[1, 9, 2::3] = 0.35
    threshold, figures = best_lesion_threshold(
        [reportable(probability, truth), reportable(probability * ~truth, truth & False)], 0.2)
    assert threshold == 0.6, "the highest that keeps the lesion"
    assert figures == {"lesion_f1": 1.0, "false_lesions": 0.0}


def test_a_lower_threshold_gives_back_the_volume_of_dropped_lesions():
    probability, truth = np.zeros((1, 1, 30)), np.zeros((1, 1, 30), bool)
    probability[0, 0, :12] = np.linspace(0.9, 0.1, 12)
    probability[0, 0, 20:24] = 0.5
    truth[0, 0, :6], truth[0, 0, 20:24] = True, True

    cases = [reportable(probability, truth)]
    assert threshold_of_reported(cases, 0.3, 0.0) == 0.3
    threshold = threshold_of_reported(cases, 0.3, 0.8)
    assert np.count_nonzero(probability[0, 0, :12] >= threshold) in (9, 10)
    assert 0.2 < threshold < 0.3


def test_volume_is_not_given_back_where_it_would_be_of_others():
    """What noise explains is never reported: its volume is not made up for by bone at half the threshold."""
    probability, truth = np.zeros((1, 1, 40)), np.zeros((1, 1, 40), bool)
    probability[0, 0, :4], probability[0, 0, 10:20], probability[0, 0, 30:34] = 0.9, 0.25, 0.9
    truth[0, 0, :4] = truth[0, 0, 30:34] = True
    hu = np.where(np.arange(40) < 25, 400, 135)[None, None]
    assert threshold_of_reported([reportable(probability, truth, hu=hu, noise_sd=40.0)], 0.5, 0.0) == 0.5
    assert threshold_of_reported([reportable(probability, truth, hu=hu)], 0.5, 0.0) == 0.5


def test_what_noise_explains_is_neither_found_nor_false():
    probability, truth = np.zeros((6, 12, 12)), np.zeros((6, 12, 12), bool)
    probability[1:4, 2:5, 2:5], truth[1:4, 2:5, 2:5] = 0.9, True
    probability[1, 9, 2::3] = 0.95
    hu = np.where(truth, 600, 140)
    quiet, noisy = reportable(probability, truth, hu=hu, noise_sd=5.0), reportable(probability, truth, hu=hu,
                                                                                   noise_sd=45.0)
    assert best_lesion_threshold([quiet], 0.2)[1]["false_lesions"] == 4
    assert best_lesion_threshold([noisy], 0.2)[1] == {"lesion_f1": 1.0, "false_lesions": 0.0}
    assert pooled_figures([quiet], 0.2, 0.0)["ppv"] == pytest.approx(27 / 31)
    assert pooled_figures([noisy], 0.2, 0.0) == {"dice": 1.0, "sensitivity": 1.0, "ppv": 1.0}
    assert not noisy.reported(0.2, 0.0)[1, 9].any()


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
