from __future__ import annotations

import numpy as np
import pytest
from icac.geometry import Frame, Volume
from icac.lesions.noise import NoiseField, without_noise
from scipy.ndimage import gaussian_filter, label

SPACING, SHAPE = (0.5, 0.5, 0.6), (60, 90, 100)
FRAME = Frame.regular(SPACING, SHAPE[::-1])
FWHM = 1.0

#: Where every scan holds hundreds of specks of noise, a third of the field has enough of them.
NOISY_SHAPE = (20, 90, 100)


def blood(sd: float, seed: int, shape: tuple[int, int, int] = SHAPE) -> np.ndarray:
    """Blood of 45 HU with Gaussian noise of a grain of 1 mm, float32 (z, y, x)."""
    white = np.random.default_rng(seed).standard_normal(shape).astype(np.float32)
    grain = gaussian_filter(white, FWHM / 2.3548 / np.array(SPACING[::-1]), mode="wrap")
    return 45 + sd * grain / grain.std()


def field(sd: float, shape: tuple[int, int, int] = SHAPE) -> NoiseField:
    return NoiseField(sd, (FWHM,) * 3, float(np.prod(shape)) * FRAME.voxel_volume_mm3)


def judged(hu: np.ndarray, sd: float) -> np.ndarray:
    frame = Frame.regular(SPACING, hu.shape[::-1])
    return without_noise(hu >= 130, Volume(hu, frame), field(sd, hu.shape)).mask


@pytest.mark.parametrize(("sd", "shape"), [
    (25.0, SHAPE), *(pytest.param(sd, NOISY_SHAPE, marks=pytest.mark.slow) for sd in (40.0, 60.0))])
def test_noise_alone_is_no_lesion(sd, shape):
    fields = [blood(sd, seed, shape) for seed in range(20)]
    assert sum((hu >= 130).any() for hu in fields) >= 15, "or the test could not tell"
    assert sum(judged(hu, sd).any() for hu in fields) <= 3, "5 % of scans are expected"


def test_a_bright_speck_and_a_large_faint_plaque_stand_out():
    hu = blood(25.0, 3)
    hu[20, 30:32, 40:42] += 300
    hu[35:43, 50:60, 60:72] += 130
    kept = judged(hu, 25.0)
    assert kept[20, 30:32, 40:42].all()
    assert kept[35:43, 50:60, 60:72].mean() > 0.95


def test_what_is_taken_out_is_counted():
    hu = blood(60.0, 1)
    found = without_noise(hu >= 130, Volume(hu, FRAME), field(60.0))
    assert found.rejected > 1000
    assert found.rejected_mm3 == pytest.approx(np.count_nonzero((hu >= 130) & ~found.mask) * FRAME.voxel_volume_mm3)
    assert not (found.mask & (hu < 130)).any()


def test_in_a_quiet_scan_everything_stands_out():
    hu = blood(8.0, 2)
    hu[20, 30, 40] = 131
    mask = hu >= 130
    assert without_noise(mask, Volume(hu, FRAME), field(8.0)).mask is mask


@pytest.mark.filterwarnings("error")
def test_the_chance_is_a_number_up_to_heights_at_which_it_is_smaller_than_numbers_are():
    chances = [field(3.0).chance_of_cluster(float(height), 5.0) for height in np.linspace(2.0, 45.0, 500)]
    assert all(0.0 <= chance <= 1.0 for chance in chances) and chances[-1] == 0.0


@pytest.mark.parametrize("sd", [float("nan"), 0.0])
def test_without_a_measured_noise_nothing_is_judged(sd):
    hu = blood(60.0, 1)
    mask = hu >= 130
    assert without_noise(mask, Volume(hu, FRAME), field(sd)).mask is mask


def test_the_theory_counts_the_clusters_that_noise_makes():
    """On a grid that is fine enough for the theory: clusters above 3.5 standard deviations of simulated noise."""
    step, counts = 0.25, []
    for seed in range(10):
        white = np.random.default_rng(seed).standard_normal(SHAPE).astype(np.float32)
        grain = gaussian_filter(white, FWHM / 2.3548 / step, mode="wrap")
        counts.append(label(grain / grain.std() > 3.5)[1])
    noise = NoiseField(1.0, (FWHM,) * 3, float(np.prod(SHAPE)) * step**3)
    assert float(noise.peaks(3.5)) == pytest.approx(np.mean(counts), rel=0.25)
