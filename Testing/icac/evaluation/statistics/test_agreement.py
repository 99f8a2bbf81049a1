from __future__ import annotations

import numpy as np
import pytest
from icac.evaluation.statistics.agreement import intraclass_correlations, limits_of_agreement

#: Shrout and Fleiss 1979, table 2: six targets, four judges.
SHROUT_FLEISS = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])


def test_icc_of_shrout_and_fleiss():
    found = intraclass_correlations(SHROUT_FLEISS)
    assert found.one_way.value == pytest.approx(0.165742, abs=1e-6)
    assert found.agreement.value == pytest.approx(0.289764, abs=1e-6)
    assert found.consistency.value == pytest.approx(0.714841, abs=1e-6)


def test_icc_intervals_are_those_of_the_r_package_psych():
    found = intraclass_correlations(SHROUT_FLEISS)
    assert (found.one_way.low, found.one_way.high) == pytest.approx((-0.133, 0.723), abs=1e-3)
    assert (found.agreement.low, found.agreement.high) == pytest.approx((0.019, 0.761), abs=1e-3)
    assert (found.consistency.low, found.consistency.high) == pytest.approx((0.342, 0.946), abs=1e-3)


def test_icc_of_two_raters_as_pingouin():
    found = intraclass_correlations(np.array([[10, 12], [0, 1], [50, 41], [100, 130], [7, 7], [33, 20]]))
    assert [e.value for e in found] == pytest.approx([0.948639, 0.948402, 0.939720], abs=1e-6)
    assert [e.low for e in found] == pytest.approx([0.73, 0.68, 0.64], abs=5e-3)
    assert [e.high for e in found] == pytest.approx([0.99, 0.99, 0.99], abs=5e-3)


def test_constant_offset_lowers_agreement_but_not_consistency():
    found = intraclass_correlations(np.array([[1.0, 3], [2, 4], [3, 5]]))
    assert found.consistency.value == 1
    assert found.agreement.value == pytest.approx(1 / 3)  # MSR 2, MSE 0, MSC 6: 2 / (2 + 2 * 6 / 3)


@pytest.mark.parametrize("ratings", [[[1.0, 2.0]], [[0.0, 0.0], [0.0, 0.0]]])
def test_icc_is_undefined_without_cases_or_differences(ratings):
    assert all(np.isnan(e.value) for e in intraclass_correlations(np.array(ratings)))


def test_perfect_agreement():
    assert intraclass_correlations(np.array([[1.0, 1], [5, 5], [2, 2]])).agreement == (1, 1, 1)


def test_limits_of_agreement_by_hand():
    found = limits_of_agreement(np.array([12.0, 18, 33]), np.array([10.0, 20, 30]))  # differences 2, -2, 3
    assert found.bias.value == pytest.approx(1.0)
    assert found.bias_percent == pytest.approx(5.0)
    sd = np.sqrt((1 + 9 + 4) / 2)
    assert found.upper.value == pytest.approx(1 + 1.959964 * sd)
    assert found.lower.value == pytest.approx(1 - 1.959964 * sd)
    assert found.bias.high == pytest.approx(1 + 4.302653 * sd / np.sqrt(3))  # Student's t, 2 degrees of freedom


def test_limits_of_one_case_and_of_empty_truth():
    found = limits_of_agreement(np.array([3.0]), np.array([0.0]))
    assert found.bias.value == 3
    assert np.isnan(found.bias_percent) and np.isnan(found.upper.value)
