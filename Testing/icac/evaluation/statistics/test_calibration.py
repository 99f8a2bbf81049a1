from __future__ import annotations

import numpy as np
import pytest
from icac.evaluation.statistics.calibration import reliability
from icac.evaluation.statistics.temperature import Recalibration, fit_recalibration, sigmoid
from icac.logit_histogram import BIN_LOGITS, count_logits


def test_expected_calibration_error_by_hand():
    # 10 voxels of p = 0.05, one of them ICAC; 30 of p = 0.9, 18 of them ICAC.
    found = reliability(np.array([[9, 12], [1, 18]]), np.array([0.05, 0.9]))
    assert found.ece == pytest.approx((10 * 0.05 + 30 * 0.3) / 40)
    assert found.brier == pytest.approx((9 * 0.05**2 + 0.95**2 + 12 * 0.9**2 + 18 * 0.1**2) / 40)
    losses = 9 * np.log(0.95) + np.log(0.05) + 12 * np.log(0.1) + 18 * np.log(0.9)
    assert found.cross_entropy == pytest.approx(-losses / 40)


def test_voxels_of_one_interval_are_averaged():
    found = reliability(np.array([[1, 1], [0, 2]]), np.array([0.61, 0.65]))
    assert found.voxels[9] == 4
    assert found.mean_probability[9] == pytest.approx((0.61 + 3 * 0.65) / 4)
    assert found.ece == pytest.approx(0.64 - 0.5)


def test_error_is_undefined_without_voxels():
    assert np.isnan(reliability(np.zeros((2, 3)), np.array([0.1, 0.2, 0.3])).ece)


def _overconfident(temperature: float, shift: float) -> np.ndarray:
    """Histogram of logits whose true log odds are logit / temperature + shift."""
    counts = 1000 * np.exp(-0.5 * ((BIN_LOGITS + 2) / 4)**2)
    p = sigmoid(BIN_LOGITS / temperature + shift)
    return np.stack([counts * (1 - p), counts * p])


def test_temperature_is_recovered():
    found = fit_recalibration(_overconfident(2.5, 0))
    assert found.temperature == pytest.approx(2.5, rel=1e-3)
    assert found.shift == 0


def test_temperature_and_shift_are_recovered_together():
    found = fit_recalibration(_overconfident(1.7, -1.2), with_shift=True)
    assert (found.temperature, found.shift) == pytest.approx((1.7, -1.2), rel=1e-2)


def test_one_class_leaves_probabilities_as_they_are():
    histogram = count_logits(np.array([-3.0, 1.0]), np.zeros(2, dtype=bool))
    assert fit_recalibration(histogram, with_shift=True) == Recalibration()


def test_shift_is_the_change_of_prior():
    p, s, t = 0.3, 0.1, 0.4
    expected = t / s * p / (t / s * p + (1 - t) / (1 - s) * (1 - p))
    shift = np.log(t / (1 - t)) - np.log(s / (1 - s))
    assert sigmoid(Recalibration(1.0, shift).logits(np.log(p / (1 - p)))) == pytest.approx(expected)
