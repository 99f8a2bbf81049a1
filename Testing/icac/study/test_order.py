from __future__ import annotations

import pytest
from icac.study.order import compare_orders


def test_same_order():
    found = compare_orders([0.2, 0.5, 0.4], [70, 90, 80])
    assert found.agrees and found.tau == pytest.approx(1)
    assert found.ours == found.published == (0, 2, 1)


def test_one_pair_swapped():
    found = compare_orders([0.2, 0.5, 0.4, 0.6], [1, 2, 3, 4])
    assert not found.agrees
    assert (found.same_pairs, found.pairs) == (5, 6)
    assert found.tau == pytest.approx(4 / 6)
    assert found.ours == (0, 2, 1, 3)


def test_a_tie_is_not_an_order():
    assert not compare_orders([0.3, 0.3], [1, 2]).agrees
