"""Whether attributions are right, on the bundled network and a plaque in a piece of the reference head."""

from __future__ import annotations

import numpy as np
import pytest
from icac.attribution import lesion_score
from icac.attribution.deletion import delete
from icac.attribution.integrated_gradients import integrated_gradients
from scipy.stats import spearmanr

STEPS = 12


@pytest.fixture(scope="module")
def contributions(piece) -> np.ndarray:
    return integrated_gradients(piece.score(), piece.x, piece.baseline, STEPS)


def test_the_plaque_is_called_one_and_a_head_of_brain_is_not(piece):
    assert np.count_nonzero(piece.lesion) > 20
    score = piece.score()
    assert score.score(piece.x) > 0 > score.score(piece.baseline)


def test_contributions_add_up_to_what_they_explain(piece, contributions):
    score = piece.score()
    assert contributions.sum() == pytest.approx(score.score(piece.x) - score.score(piece.baseline), rel=0.15)


def test_the_slope_is_that_of_the_score_and_the_same_part_by_part(piece, monkeypatch):
    score = piece.score()
    slope = score.slope(piece.x)
    # Half of the voxels, each the way that it should rise: steps at random add up to next to nothing.
    moved = np.random.default_rng(0).random(slope.shape) < 0.5
    step = (1e-3 * np.sign(slope) * moved).astype(np.float32)
    rise = (score.score(piece.x + step) - score.score(piece.x - step)) / 2
    assert rise == pytest.approx(float((slope * step).sum()), rel=0.02)
    monkeypatch.setattr(lesion_score, "_LARGEST_PART", (4, 8, 4))
    parts = piece.score()
    assert parts.slope(piece.x) == pytest.approx(slope, abs=1e-7)
    assert parts.score(piece.x) == pytest.approx(score.score(piece.x), abs=1e-5)


def test_deleting_what_is_named_first_lowers_the_score_faster_than_at_random(piece, contributions):
    found = delete(piece.score(), piece.x, piece.baseline, contributions, piece.dense, (0.0, 0.005, 0.02, 0.1, 1.0))
    assert found.attributed[0] == found.random[0] and found.attributed[-1] == pytest.approx(found.random[-1], abs=1e-3)
    attributed, random = found.fell_by
    assert attributed > 2 * max(random, 0.5)


def test_the_map_depends_on_what_the_network_has_learnt(piece, contributions):
    """Adebayo et al. 2018 (arXiv 1810.03292): a map that stays with random weights shows the image, not the network."""
    random = integrated_gradients(piece.score(random_weights=True), piece.x, piece.baseline, STEPS)
    dense = piece.dense.ravel()
    assert random.any()
    assert abs(spearmanr(contributions.ravel()[dense], random.ravel()[dense]).statistic) < 0.2
