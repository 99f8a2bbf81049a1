import numpy as np
import pytest
from icac.logit_histogram import count_logits, cross_entropy, fit_temperature, score_histogram

LOGITS = np.array([3.0, 1.0, -1.0, -3.0, 0.5])
TRUTH = np.array([True, True, False, False, False])


def test_judgement_by_hand():
    found = score_histogram(count_logits(LOGITS, TRUTH)[None])
    # Both ICAC voxels and nothing else lie above 0.5: perfect at some threshold, 2*2/(2+3) at a probability of 0.5.
    assert (found.dice, found.sensitivity, found.ppv, found.volume_ratio) == (1.0, 1.0, 1.0, 1.0)
    assert 0.5 < np.log(found.threshold / (1 - found.threshold)) < 1.01
    assert found.dice_half == pytest.approx(0.8)
    expected = np.mean(np.logaddexp(0, np.where(TRUTH, -LOGITS, LOGITS)))
    assert found.loss == pytest.approx(expected, abs=0.01)


def test_case_dice_is_a_mean_and_empty_cases_count_as_right():
    counts = np.stack([count_logits(LOGITS, TRUTH), count_logits(np.array([-9.0]), np.array([False])),
                       count_logits(np.array([-9.0]), np.array([True]))])
    found = score_histogram(counts)
    assert found.case_dice == pytest.approx(2 / 3)
    assert found.dice == pytest.approx(2 * 2 / (3 + 2))


def test_temperature_of_overconfident_logits():
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 1.5, 200_000)
    truth = rng.random(200_000) < 1 / (1 + np.exp(-logits))
    assert fit_temperature(count_logits(logits, truth)) == pytest.approx(1.0, abs=0.03)
    counts = count_logits(3 * logits, truth)
    assert fit_temperature(counts) == pytest.approx(3.0, abs=0.1)
    assert cross_entropy(counts, 3.0) < cross_entropy(counts)


def test_temperature_without_icac_is_one():
    assert fit_temperature(count_logits(LOGITS, np.zeros(5, bool))) == 1.0


def test_threshold_follows_the_temperature():
    counts = count_logits(LOGITS, TRUTH)[None]
    plain, cooled = score_histogram(counts), score_histogram(counts, 0.5)
    odds = np.log(plain.threshold / (1 - plain.threshold))
    assert np.log(cooled.threshold / (1 - cooled.threshold)) == pytest.approx(2 * odds, abs=1e-6)
    assert cooled.dice == plain.dice
