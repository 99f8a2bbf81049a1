"""Two reconstructions of one scan, slice by slice in one stack, told by their texture alone."""

from __future__ import annotations

import numpy as np
import pytest
from icac.ct import read_ct, write_volume
from icac.ct.series.mixture import refuse_mixture
from icac.ct.series.texture import alternation
from icac.errors import InputError
from icac.geometry import Frame, Volume
from scipy import ndimage

SHAPE = (48, 70, 54)
HEIGHTS = np.arange(SHAPE[0]) * 0.6


def grain(sd_hu: float, blur: float, across: float = 0.0, seed: int = 3) -> np.ndarray:
    """Noise of one kernel: ``blur`` in the slices and ``across`` them in voxels; the same scan has the same seed."""
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=SHAPE), (across, blur, blur))
    return noise * sd_hu / noise.std()


def anatomy() -> np.ndarray:
    """Brain and an oblique plate of bone, lopsided."""
    z, y, x = np.indices(SHAPE)
    return np.where(np.abs(x - 0.3 * y + 0.2 * z - 14) < 3, 900.0, 34.0 + 0.05 * x - 0.03 * y)


def reconstruction(sd_hu: float, blur: float, across: float = 0.0, seed: int = 3) -> np.ndarray:
    return np.rint(anatomy() + grain(sd_hu, blur, across, seed)).astype(np.int16)


def mixed(one: np.ndarray, other: np.ndarray, which: slice) -> np.ndarray:
    both = one.copy()
    both[which] = other[which]
    return both


SOFT, SHARP = reconstruction(10, 1.3), reconstruction(40, 0.5)


@pytest.mark.parametrize(("one", "other"), [
    (SOFT, SHARP), (SHARP, SOFT), (SOFT, reconstruction(10, 0.7)), (reconstruction(40, 1.2), reconstruction(40, 0.7)),
    (reconstruction(18, 0.9, 0.3), reconstruction(8, 0.9, 2.0)), (SHARP, np.roll(SOFT, (2, -3), (1, 2)))],
    ids=["soft and sharp", "sharp and soft", "10 HU both", "40 HU both", "thin and thick", "moved"])
@pytest.mark.parametrize("which", [slice(1, None, 2), slice(0, None, 2), slice(14, 34, 2), slice(2, None, 3)],
                         ids=["every second", "from the first", "in a part", "every third"])
def test_two_reconstructions_are_refused(one, other, which):
    found = alternation(mixed(one, other, which))
    assert found.is_clear and found.period == which.step
    assert which.step == 2 or (found.first - which.start) % which.step == 0
    with pytest.raises(InputError, match="alternate between two reconstructions"):
        refuse_mixture(mixed(one, other, which), "x.nii")


def test_neighbouring_kernels_are_told_and_not_refused():
    both = mixed(reconstruction(12, 1.0), reconstruction(12, 0.88), slice(1, None, 2))
    (doubt,) = refuse_mixture(both, "the series in head")
    assert doubt.startswith("The slices of the series in head may be of two reconstructions, or were resampled: the "
                            "texture of every second one is 1.")


def windmill() -> np.ndarray:
    """Spokes beside bone that turn from slice to slice, as helical scans have them, with a period of 5.3 slices."""
    z, y, x = np.indices(SHAPE)
    angle = np.arctan2(y - 30, x - 20)
    return np.rint(SOFT + 25 * np.cos(6 * angle - 2 * np.pi * z / 5.3) * np.exp(-np.hypot(y - 30, x - 20) / 25))


def dose(period: float) -> np.ndarray:
    """Noise that goes up and down with the dose of the tube."""
    size = 1 + 0.5 * np.sin(2 * np.pi * np.arange(SHAPE[0]) / period)
    return np.rint(anatomy() + grain(14, 0.8) * size[:, None, None])


def rows_of_a_detector() -> np.ndarray:
    """A scan of four detector rows at a time, of which the outer ones have a tenth more noise."""
    size = np.tile([1.1, 1.0, 1.0, 1.1], SHAPE[0] // 4)
    return np.rint(anatomy() + grain(14, 0.8) * size[:, None, None])


def resampled(steps: float, order: int) -> np.ndarray:
    return np.rint(ndimage.zoom(SHARP.astype(float), (steps, 1, 1), order=order, grid_mode=False))


@pytest.mark.parametrize("stack", [
    SOFT, SHARP, reconstruction(5, 0.9, 2.0), np.concatenate([SOFT[:25], SHARP[25:]]), windmill(), dose(11), dose(24),
    rows_of_a_detector(), resampled(95 / 48, 1), resampled(1.5, 1), resampled(4 / 3, 1), resampled(0.7, 1),
    resampled(95 / 48, 3), mixed(SOFT, SHARP, slice(20, 26, 2)), np.full(SHAPE, -1000, np.int16), SOFT[:5],
    SOFT[:, :1, :2]],
    ids=["soft", "sharp", "overlapping", "changes half-way", "windmill", "dose 11", "dose 24", "four rows", "halved",
         "by 1.5", "by 4/3", "coarser", "cubic", "three slices", "air", "few", "narrow"])
def test_one_reconstruction_is_not_taken_for_two(stack):
    assert alternation(stack) is None


def test_a_series_and_an_image_of_two_are_refused_and_one_of_them_is_measured(tmp_path, make_series, stack_of_heights):
    both = mixed(SOFT, SHARP, slice(1, None, 2))
    for name, hu in (("both", both), ("soft", SOFT)):
        def value(points, hu=hu):
            return hu[round(points[0, 0, 2] / 0.6)]
        make_series(tmp_path / name, value, stack_of_heights(HEIGHTS), shape=SHAPE[1:], SliceThickness=0.6)
        axes = np.array([[0, 0, 0.6, 0], [0.7, 0, 0, 0], [0, -0.5, 0, 0], [0, 0, 0, 1.0]])[[1, 2, 0, 3]]
        # Stored with the slices as columns, from the left to the right: z is the first axis of the file.
        write_volume(Volume(np.ascontiguousarray(hu.transpose(1, 2, 0)), Frame(axes[:, [2, 0, 1, 3]],
                                                                                 (SHAPE[0], SHAPE[2], SHAPE[1]))),
                     tmp_path / f"{name}.nii.gz")
    assert np.array_equal(read_ct(tmp_path / "soft").volume.array, SOFT)
    assert read_ct(tmp_path / "soft.nii.gz").doubts == ()
    with pytest.raises(InputError, match=r"slices of the series in .*both alternate between two reconstructions"):
        read_ct(tmp_path / "both")
    with pytest.raises(InputError, match=r"slices of .*both\.nii\.gz alternate between two reconstructions"):
        read_ct(tmp_path / "both.nii.gz")


def test_a_doubt_is_a_warning_of_the_scan(tmp_path):
    both = mixed(reconstruction(12, 1.0), reconstruction(12, 0.88), slice(1, None, 2))
    write_volume(Volume(both, Frame.regular((0.5, 0.7, 0.6), SHAPE[::-1])), tmp_path / "ct.nrrd")
    (doubt,) = read_ct(tmp_path / "ct.nrrd").doubts
    assert "may be of two reconstructions" in doubt
