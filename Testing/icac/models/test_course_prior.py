from __future__ import annotations

import numpy as np
import pytest
from icac.models.course_prior import CoursePrior


def test_log_odds_add_up():
    prior = CoursePrior((0, 10), (2.0, -2.0))
    p = prior.apply(np.array([0.5, 0.5, 0.5, 0.9], dtype=np.float32), np.array([0.0, 5.0, 30.0, 5.0]))
    assert p == pytest.approx([1 / (1 + np.exp(-2)), 0.5, 1 / (1 + np.exp(2)), 0.9], rel=1e-5)


def test_certainty_stays_finite():
    p = CoursePrior((0, 1), (-50.0, 50.0)).apply(np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    assert np.isfinite(p).all()


@pytest.mark.parametrize(("distance", "odds"), [((0, 1), (1,)), ((1, 1), (0, 0)), ((0,), (0,))])
def test_wrong_tables_are_refused(distance, odds):
    with pytest.raises(ValueError, match="course_prior"):
        CoursePrior(distance, odds)


def test_the_bony_canal_has_log_odds_of_its_own():
    prior = CoursePrior((-1, 3), (1.0, -1.0), (2.0, -6.0))
    p = prior.apply(np.full(4, 0.5), np.array([1.0, 1.0, 3.0, np.nan]), np.array([False, True, True, True]))
    assert p == pytest.approx([0.5, 1 / (1 + np.exp(2)), 1 / (1 + np.exp(6)), 0.5], rel=1e-5)
    assert prior.from_lumen
    with pytest.raises(ValueError, match="course_prior"):
        CoursePrior((-1, 3), (1.0, -1.0), (2.0,))
