from __future__ import annotations

import numpy as np
import pytest
from icac.ct.image_quality import even_blocks
from icac.simulate.scanner.acquisition import draw_acquisition
from icac.simulate.scanner.kernel import Kernel
from icac.simulate.scanner.noise import NoiseSource
from icac.simulate.scanner.reconstruction import KERNELS, STYLES, draw_reconstruction

#: Noise power of even brain in rings of 0.1 per mm, relative to its largest, of public scans with a bone kernel (a man
#: of 25 and a boy of 8: lower and upper value).
REAL_BONE_POWER = {0.15: (0.37, 0.52), 0.35: (0.55, 0.66), 0.55: (0.93, 1.0), 0.75: (0.76, 0.98), 0.95: (0.33, 0.60)}


def drawn(style: str, thickness_mm: float) -> list[tuple[Kernel, float]]:
    rng = np.random.default_rng(7)
    return [draw_reconstruction(rng, thickness_mm, style) for _ in range(1500)]


def kernel_name(kernel: Kernel) -> str:
    return next(name for name, (widths, gains, edge_width) in KERNELS.items() if edge_width == kernel.edge_width
                and widths[0] <= kernel.fwhm_mm <= widths[1] and gains[0] <= kernel.edge_gain <= gains[1])


def test_noise_goes_with_sharpness_and_thickness():
    def median(style: str, thickness_mm: float, name: str) -> float:
        return float(np.median([noise for kernel, noise in drawn(style, thickness_mm) if kernel_name(kernel) == name]))

    assert 8 < median("varied", 0.75, "soft") < 20
    assert 3 < median("varied", 5.0, "soft") < 7
    assert 30 < median("sharp", 0.6, "bone") < 100
    assert median("varied", 1.0, "very soft") < 0.8 * median("varied", 1.0, "soft")


@pytest.mark.parametrize(("style", "low", "high"), [("varied", 2.5, 35), ("sharp", 20, 100)])
def test_styles_have_their_range_of_noise(style, low, high):
    noise = np.array([noise for _, noise in drawn(style, 1.0)])
    assert noise.min() >= low
    assert noise.max() <= 100
    assert np.quantile(noise, 0.95) <= high
    if style == "sharp":
        assert np.quantile(noise, 0.95) > 60


@pytest.mark.parametrize("style", STYLES)
def test_a_style_changes_kernel_and_noise_only(style):
    usual, other = (draw_acquisition(np.random.default_rng(3), "routine", name) for name in ("usual", style))
    assert (other.pixel_mm, other.thickness_mm, other.tilt_deg) == (usual.pixel_mm, usual.thickness_mm, usual.tilt_deg)
    assert other.kernel != usual.kernel


def test_noise_gain_is_what_the_noise_gains():
    """White noise filtered by the ramp and the kernel on a fine grid, without the floor of real scans."""
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(512, 0.1), np.fft.fftfreq(512, 0.1)))
    bone = Kernel(0.74, 1.2, 1.5, 0.45)
    power = [float((frequency * kernel.noise_transfer(frequency) ** 2).sum()) for kernel in (bone, Kernel(1.0))]
    assert bone.noise_gain == pytest.approx(np.sqrt(power[0] / power[1]), rel=0.01)


def test_noise_of_bone_kernels_has_the_spectrum_of_real_ones():
    noise = NoiseSource(1, (256, 256), 0.45, Kernel(0.74, 1.2, 1.5, 0.45), np.eye(12)).slices(0, 12)
    power = power_in_rings(40 + 12 * noise, 0.45)
    for frequency, (low, high) in REAL_BONE_POWER.items():
        assert low - 0.12 < power(frequency) < high + 0.12, frequency


def test_noise_of_soft_kernels_is_coarse():
    noise = NoiseSource(1, (256, 256), 0.45, Kernel(1.1, aperture_mm=0.4), np.eye(8)).slices(0, 8)
    power = power_in_rings(40 + 6 * noise, 0.45)
    assert power(0.15) > 0.8
    assert power(0.75) < 0.1


def power_in_rings(hu: np.ndarray, pixel_mm: float):
    blocks = even_blocks(hu, (pixel_mm, pixel_mm), 12.0)
    spectrum = (np.abs(np.fft.fft2(blocks)) ** 2).mean(axis=0)
    frequency = np.hypot(*np.meshgrid(*[np.fft.fftfreq(blocks.shape[1], pixel_mm)] * 2))
    rings = {round(f + 0.05, 2): float(spectrum[(frequency >= f) & (frequency < f + 0.1) & (frequency > 0)].mean())
             for f in np.arange(0.0, 1.1, 0.1)}
    return lambda f: rings[f] / max(rings.values())
