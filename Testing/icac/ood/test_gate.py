"""The gate: distances that are right, a limit that keeps what it promises, and files that are checked."""

from __future__ import annotations

import json

import numpy as np
import pytest
from icac.errors import InputError
from icac.ood import Gate, Novelty
from icac.ood.fit import fit_gate, shrunk_covariance


def usual(scans: int, rng: np.random.Generator, size: int = 6) -> np.ndarray:
    """Draw features of very unequal spread, some of which go together."""
    z = rng.normal(size=(scans, size))
    z[:, 1] = 0.9 * z[:, 0] + 0.4 * z[:, 1]
    return 5 + z * np.logspace(-3, 2, size)


def fitted(scans: int = 400, **options) -> Gate:
    features = usual(scans, np.random.default_rng(0))
    return fit_gate(features, [f"p{n // 2}" for n in range(scans)], "ab", "tests", **options)


def test_the_distance_is_that_of_mahalanobis():
    gate = Gate(np.array([1.0, 2.0]), np.array([[4.0, 1.0], [1.0, 9.0]]), 2.0, 0.01, 10, 10, "tests", "ab")
    offset = np.array([3.0, -1.0])
    expected = np.sqrt(offset @ np.linalg.inv(gate.covariance) @ offset / 2)
    assert gate.distance(gate.mean + offset) == pytest.approx(expected)
    assert gate.distance(np.stack([gate.mean, gate.mean + offset])) == pytest.approx([0.0, expected])


@pytest.mark.parametrize("share", [0.01, 0.1])
def test_usual_scans_are_warned_of_as_often_as_is_said(share):
    gate = fitted(false_alarms=share)
    warned = gate.distance(usual(4000, np.random.default_rng(1))) > gate.limit
    assert 0.3 * share < warned.mean() < 2.5 * share


def test_what_breaks_how_features_go_together_is_told_though_each_alone_is_usual():
    gate, strange = fitted(), np.full(6, 5.0)
    strange[:2] += np.array([2.0, -2.0]) * np.logspace(-3, 2, 6)[:2]
    assert gate.novelty_of(strange).is_unlike
    strange[1] = 5 + 2.0 * np.logspace(-3, 2, 6)[1]
    assert not gate.novelty_of(strange).is_unlike


def test_the_limit_is_of_people_who_were_left_out():
    """Fifty scans of ten people in forty dimensions lie near to what was fitted with them."""
    rng = np.random.default_rng(3)
    features = np.repeat(rng.normal(size=(10, 40)), 5, axis=0) + 0.05 * rng.normal(size=(50, 40))
    gate = fit_gate(features, [f"p{n // 5}" for n in range(50)], "ab", "tests", 0.1)
    assert gate.distance(features).max() < 0.8 * gate.limit
    assert (gate.scans, gate.patients) == (50, 10)


def test_shrinkage_leaves_a_covariance_that_can_be_inverted():
    features = np.random.default_rng(0).normal(size=(12, 30))
    features[:, 4] = 7.0
    mean, covariance = shrunk_covariance(features)
    assert np.linalg.eigvalsh(covariance).min() > 0 and mean[4] == 7.0
    many = np.random.default_rng(0).normal(size=(20000, 3)) @ np.array([[1, 0.5, 0], [0, 1, 0], [0, 0, 2]])
    assert shrunk_covariance(many)[1] == pytest.approx(np.cov(many.T), abs=0.1)


def test_too_few_scans_are_refused_and_what_is_possible_is_said():
    with pytest.raises(InputError, match=r"at least 100 scans, and these are 40.*--false-alarms 0\.03"):
        fitted(40)
    with pytest.raises(InputError, match="scans of at least 10 people, and these are of 2"):
        fitted(4)
    with pytest.raises(InputError, match="between 0 and 1"):
        fitted(false_alarms=0)


def test_one_sentence_is_said_of_a_scan_that_is_unlike_and_nothing_of_a_usual_one():
    assert Novelty(1.2, 1.5, 0.01).warning == ""
    told = Novelty(2.34, 1.5, 0.01).warning
    assert "2.3 from them, where 99% of usual scans stay below 1.5" in told and told.count(". ") == 0
    assert Novelty(float("nan"), 1.5, 0.01).is_unlike


def test_a_gate_is_written_and_read_again():
    gate = fitted()
    again = Gate.from_dict(json.loads(json.dumps(gate.to_dict())))
    features = usual(5, np.random.default_rng(2))
    assert again.distance(features) == pytest.approx(gate.distance(features), rel=1e-2)
    assert (again.limit, again.scans, again.patients) == (gate.limit, 400, 200)


@pytest.mark.parametrize(("name", "value", "said"), [
    ("format", "other", "no gate"), ("format_version", 2, "another version"), ("mean", [], "list of numbers"),
    ("mean", [1, float("nan")], "list of numbers"), ("mean", [10 ** 400] * 6, "list of numbers"),
    ("covariance", [[1.0]], "does not fit its mean"), ("covariance", [[1.0], [2.0]], "square of numbers"),
    ("covariance", (-np.eye(6)).tolist(), "its covariance is none"), ("limit", 0, "above 0"),
    ("limit", True, "above 0"), ("false_alarms", 1, "between 0 and 1"), ("scans", 1.5, "whole number"),
    ("weights_sha256", None, "a text"),
])
def test_what_is_no_gate_is_refused_with_a_phrase(name, value, said):
    with pytest.raises(ValueError, match=said):
        Gate.from_dict({**fitted().to_dict(), name: value})
