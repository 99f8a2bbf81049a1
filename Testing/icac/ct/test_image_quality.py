from __future__ import annotations

import numpy as np
import pytest
from icac.ct.image_quality import edge_fwhm, even_blocks, measure_quality, noise_sd
from scipy.ndimage import gaussian_filter


def disc(fwhm: float, noise: float = 0.0) -> np.ndarray:
    """Three slices of soft tissue in air, 0.5 mm, blurred, made from 0.1 mm samples."""
    y, x = np.mgrid[-400:400, -400:400] * 0.1
    fine = gaussian_filter(np.where(np.hypot(x, y) < 30, 40.0, -1000.0).astype(np.float32), fwhm / 2.3548 / 0.1)
    image = fine.reshape(160, 5, 160, 5).mean(axis=(1, 3))
    return image + np.random.default_rng(0).normal(0, noise, (3, 160, 160))


@pytest.mark.parametrize("fwhm", [0.8, 1.2, 1.8])
def test_edges_tell_the_blur(fwhm):
    assert edge_fwhm(disc(fwhm, 6.0), (0.5, 0.5)) == pytest.approx(fwhm, rel=0.12)


@pytest.mark.parametrize("noise", [4.0, 12.0])
def test_even_tissue_tells_the_noise(noise):
    assert noise_sd(disc(1.0, noise), (0.5, 0.5)) == pytest.approx(noise, rel=0.12)


def test_trends_are_no_noise_and_bone_is_no_even_tissue():
    hu = np.broadcast_to(np.linspace(10, 70, 100), (2, 100, 100)) + np.random.default_rng(0).normal(0, 3, (2, 100, 100))
    assert noise_sd(hu, (0.5, 0.5)) == pytest.approx(3, rel=0.1)
    assert len(even_blocks(hu + 500, (0.5, 0.5))) == 0


def test_without_edges_and_tissue_there_is_nothing_to_measure():
    quality = measure_quality(np.full((4, 60, 60), 900.0), (0.5, 0.5))
    assert np.isnan(quality.edge_fwhm_mm)
    assert np.isnan(quality.noise_sd_hu)
