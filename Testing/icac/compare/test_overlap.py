from __future__ import annotations

import numpy as np
import pytest
from icac.compare.overlap import Overlap


def test_by_hand():
    truth, predicted = np.zeros((2, 3, 4, 5), dtype=bool)
    truth[1, 1, :4] = True
    predicted[1, 1, 2:5] = True
    predicted[2, 0, 0] = True
    found = Overlap.of(predicted, truth, 0.25)
    assert (found.both_mm3, found.predicted_only_mm3, found.truth_only_mm3) == (0.5, 0.5, 0.5)
    assert (found.dice, found.sensitivity, found.ppv) == (0.5, 0.5, 0.5)


@pytest.mark.parametrize(("predicted", "truth", "dice"), [(0, 0, 1), (1, 0, 0), (0, 1, 0)])
def test_empty_masks(predicted, truth, dice):
    masks = np.zeros((2, 2, 2, 2), dtype=bool)
    masks[0, 0, 0, 0], masks[1, 0, 0, 0] = predicted, truth
    found = Overlap.of(*masks, 1.0)
    assert found.dice == dice
    assert np.isnan(found.sensitivity) == (truth == 0)
    assert np.isnan(found.ppv) == (predicted == 0)
