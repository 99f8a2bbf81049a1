from __future__ import annotations

import numpy as np
import pytest
from icac.simulate.scanner.kernel import Kernel, response_matrix
from scipy.ndimage import gaussian_filter1d


def test_weights_sum_to_one_within_the_object():
    weights = response_matrix(np.array([3.0, 5.1]), 0.0, 0.25, 60, 1.0, 0.3, extend=False)
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-5)


def test_a_gaussian_response_is_a_gaussian_filter():
    fine = np.zeros(400)
    fine[150:230] = 1.0
    weights = response_matrix(np.arange(400) * 0.05, 0.0, 0.05, 400, 0.0, 0.4, extend=True)
    np.testing.assert_allclose(weights @ fine, gaussian_filter1d(fine, 8.0), atol=2e-3)


def test_a_slice_profile_is_as_wide_as_the_slice():
    positions = np.arange(-5, 5, 0.01)
    profile = response_matrix(positions, 0.0, 0.01, 1, 2.5, 0.3, extend=False)[:, 0]
    assert np.ptp(positions[profile > profile.max() / 2]) == pytest.approx(2.5, abs=0.03)


def test_a_sharp_kernel_overshoots_at_an_edge_and_a_soft_one_does_not():
    edge = (np.arange(400) >= 200).astype(float)

    def image(kernel: Kernel) -> np.ndarray:
        return sum(weight * (response_matrix(np.arange(400) * 0.05, 0, 0.05, 400, 0.0, sd, True) @ edge)
                   for weight, sd in kernel.components)

    assert image(Kernel(0.9)).max() < 1.0005
    assert 1.03 < image(Kernel(0.7, edge_gain=0.5)).max() < 1.25
    assert sum(weight for weight, _ in Kernel(0.7, edge_gain=0.5).components) == pytest.approx(1.0)
