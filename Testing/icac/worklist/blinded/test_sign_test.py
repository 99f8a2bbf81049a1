import math

import pytest
from icac.worklist.blinded.sign_test import sign_test


def test_by_hand():
    """Nine of ten: p = 2 (10 + 1) / 2^10; exact limits of Clopper and Pearson as tabulated."""
    test = sign_test(9, 10)
    assert test.share == 0.9
    assert test.p_value == pytest.approx(22 / 1024)
    assert (test.low, test.high) == pytest.approx((0.5550, 0.9975), abs=1e-4)


def test_is_two_sided():
    assert sign_test(1, 10).p_value == sign_test(9, 10).p_value
    assert sign_test(5, 10).p_value == 1


def test_without_choices():
    test = sign_test(0, 0)
    assert math.isnan(test.share)
    assert test.p_value == 1
