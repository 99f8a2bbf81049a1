from __future__ import annotations

import numpy as np
import pytest
from icac.evaluation import evaluate
from icac.geometry import Volume

volumes = pytest.importorskip("icac.evaluation.figures.volumes", reason="needs the 'evaluate' extra")


def test_bins_hold_equally_many_scans():
    truth = np.exp(np.random.default_rng(0).normal(4, 1, 200))
    counts = volumes.count_pairs(truth, truth, volumes.equal_count_edges(truth))
    assert np.array_equal(counts, np.diag([20] * 10))


def test_scans_without_icac_have_a_bin_of_their_own():
    truth = np.array([0.0] * 20 + [*np.linspace(1, 80, 80)])
    edges = volumes.equal_count_edges(truth)
    assert edges[0] == 0
    assert volumes.count_pairs(truth, truth, edges)[0, 0] == 20


def test_predictions_are_rows():
    assert volumes.count_pairs(np.array([1.0]), np.array([9.0]), np.array([5.0])).tolist() == [[0, 0], [1, 0]]


def test_example_shows_the_right_of_the_patient_on_the_left(make_case, cubic):
    ct = Volume(np.zeros(cubic.shape, np.int16), cubic)
    case = make_case("a", cubic, [np.s_[4, 2:6, 16:20]], [np.s_[4, 2:6, 0:4]], ct=ct)
    (example,) = evaluate([case]).examples
    assert example.slice_number == 5
    missed, false = (np.argwhere(mask)[:, 1].mean() for mask in (example.missed, example.false))
    assert missed < example.grey.shape[1] / 2 < false
    assert not example.found.any()
