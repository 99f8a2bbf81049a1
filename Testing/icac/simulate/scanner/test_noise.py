from __future__ import annotations

import numpy as np
import pytest
from icac.geometry import Frame
from icac.simulate.scanner.acquisition import Acquisition
from icac.simulate.scanner.kernel import Kernel
from icac.simulate.scanner.noise import NoiseSource
from icac.simulate.scanner.scan_grid import ScanGrid


@pytest.mark.parametrize("plane", [(120, 131), (96, 128)])
@pytest.mark.parametrize("kernel", [Kernel(1.0), Kernel(0.6, 0.5)])
def test_noise_has_unit_standard_deviation(plane, kernel):
    noise = NoiseSource(3, plane, 0.4, kernel, np.eye(12)).slices(0, 12)
    assert noise.shape == (12, *plane)
    assert noise.std() == pytest.approx(1.0, rel=0.03)
    assert abs(noise.mean()) < 0.01


def test_sharp_kernels_have_finer_noise():
    def neighbours(kernel: Kernel) -> float:
        noise = NoiseSource(0, (128, 128), 0.4, kernel, np.eye(4)).slices(0, 4)
        return float(np.mean(noise[:, :, 1:] * noise[:, :, :-1]))

    assert neighbours(Kernel(1.1)) > neighbours(Kernel(0.6, 0.5)) + 0.1


def test_a_slice_has_the_same_noise_whichever_slices_are_asked_for():
    grid = ScanGrid(Acquisition("stroke", 0.4, 1.0, 0.5, Kernel(0.9), 8.0),
                    Frame.regular((1, 1, 1), (20, 20, 12)), np.random.default_rng(0))
    source = NoiseSource(1, (50, 51), 0.4, Kernel(0.9), grid.slice_correlation())
    np.testing.assert_allclose(source.slices(3, 9)[2], source.slices(5, 6)[0], atol=1e-6)


def test_overlapping_slices_share_noise_and_separate_ones_do_not():
    def correlation(thickness: float, increment: float) -> np.ndarray:
        grid = ScanGrid(Acquisition("stroke", 0.4, thickness, increment, Kernel(0.9), 8.0),
                        Frame.regular((1, 1, 1), (20, 20, 30)), np.random.default_rng(0))
        return grid.slice_correlation()

    assert correlation(1.0, 0.5)[4, 5] == pytest.approx(0.55, abs=0.1)
    assert correlation(1.0, 2.0)[4, 5] < 0.01
