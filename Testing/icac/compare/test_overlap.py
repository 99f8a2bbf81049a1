from __future__ import annotations

import numpy as np
import pytest
from icac.compare.overlap import Overlap


def test_by_hand():
    truth, pred = np.zeros((2, 3, 4, 5), dtype=bool)
    truth[1, 1, :4] = True
    pred[1, 1, 2:5] = True
    pred[2, 0, 0] = True
    found = Overlap.of(pred, truth, 0.25)
    assert (found.both_mm3, found.pred_only_mm3, found.truth_only_mm3) == (0.5, 0.5, 0.5)
    assert (found.dice, found.sensitivity, found.ppv) == (0.5, 0.5, 0.5)


@pytest.mark.parametrize(("pred", "truth", "dice"), [(0, 0, 1), (1, 0, 0), (0, 1, 0)])
def test_empty_masks(pred, truth, dice):
    masks = np.zeros((2, 2, 2, 2), dtype=bool)
    masks[0, 0, 0, 0], masks[1, 0, 0, 0] = pred, truth
    found = Overlap.of(*masks, 1.0)
    assert found.dice == dice
    assert np.isnan(found.sensitivity) == (truth == 0)
    assert np.isnan(found.ppv) == (pred == 0)
