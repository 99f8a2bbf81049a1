from __future__ import annotations

import numpy as np
import pytest
from icac.evaluation.statistics.roc import area_under_curve

sklearn_metrics = pytest.importorskip("sklearn.metrics", reason="needs the 'evaluate' extra")


def test_by_hand():
    # Pairs (positive, negative): 3>1, 3>2, 2>1, 2=2 (half).
    assert area_under_curve(np.array([False, False, True, True]), np.array([1.0, 2, 2, 3])) == 3.5 / 4


def test_same_as_scikit_learn_with_ties():
    rng = np.random.default_rng(5)
    truth, score = rng.random(200) > 0.7, rng.integers(0, 12, 200)
    assert area_under_curve(truth, score) == pytest.approx(sklearn_metrics.roc_auc_score(truth, score))


def test_undefined_with_one_class():
    assert np.isnan(area_under_curve(np.ones(3, dtype=bool), np.arange(3)))
