from __future__ import annotations

import numpy as np
import pytest
from icac.training.calibrate import KNOTS_MM, best_threshold, fit


def test_fit_recovers_temperature_and_prior():
    rng = np.random.default_rng(3)
    n = 60_000
    logit, distance = rng.normal(0, 4, n), rng.uniform(0, 12, n)
    prior = np.array([2.0, 1.5, 0.5, 0.0, -1.0, -2.0, -3.0])
    p = 1 / (1 + np.exp(-(logit / 2.5 + np.interp(distance, KNOTS_MM, prior))))
    temperature, found = fit(logit, distance, rng.random(n) < p)
    assert temperature == pytest.approx(2.5, rel=0.08)
    assert found.log_odds == pytest.approx(prior, abs=0.25)


def test_threshold_of_the_highest_dice():
    probability = np.array([0.9, 0.8, 0.7, 0.2, 0.1])
    truth = np.array([True, True, False, True, False])
    threshold, figures = best_threshold(probability, truth)
    assert threshold == 0.2
    assert figures == pytest.approx({"dice": 6 / 7, "sensitivity": 1.0, "ppv": 0.75})
