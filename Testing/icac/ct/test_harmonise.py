from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from icac.ct.edges import FWHM_PER_SD, find_edges
from icac.ct.harmonise import (
    REFERENCE_FWHM_MM,
    UNCHANGED,
    Harmonisation,
    measured_box,
    plan_harmonisation,
    remaining_noise,
    warnings_of,
)
from icac.geometry import Frame, Volume, upright
from icac.reference.grid import CENTER_LPS_MM
from scipy.special import ndtr

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
from variants import flipped, other_axes

SPACING = (0.40, 0.45, 0.60)


def ball(fwhm_xyz: tuple[float, float, float], noise: float = 0.0, spacing=SPACING, size=(168, 150, 112)) -> Volume:
    """A ball of soft tissue in air, off the middle, whose surface has a blur of its own along each axis."""
    frame = Frame.regular(spacing, size, center=(3.0, -2.0, 1.0))
    z, y, x = np.meshgrid(*(np.arange(n, dtype=np.float32) for n in frame.shape), indexing="ij")
    x, y, z = (a * s + o for a, s, o in zip((x, y, z), spacing, frame.origin, strict=True))
    distance = np.sqrt(x**2 + y**2 + z**2)
    sd = np.sqrt(sum((a / distance * f / FWHM_PER_SD) ** 2 for a, f in zip((x, y, z), fwhm_xyz, strict=True)))
    hu = -1000 + 1040 * ndtr((25.0 - distance) / sd)
    hu += noise * np.random.default_rng(1).standard_normal(hu.shape)
    return Volume(np.rint(hu).astype(np.int16), frame)


def to_ball() -> np.ndarray:
    """Put the middle of the reference region on the ball."""
    matrix = np.eye(4)
    matrix[:3, 3] = -np.asarray(CENTER_LPS_MM)
    return matrix


def plan(ct: Volume) -> Harmonisation:
    return plan_harmonisation(ct, to_ball())


def test_each_axis_tells_its_own_blur():
    found = plan(ball((0.7, 1.0, 1.4), noise=8.0))
    np.testing.assert_allclose(found.fwhm_mm, (0.7, 1.0, 1.4), rtol=0.1)
    assert found.noise_sd_hu == pytest.approx(8.0, rel=0.15)


def test_only_what_is_sharper_is_blurred_and_then_measures_the_reference():
    ct = ball((0.6, 1.3, 0.7), noise=15.0)
    first = plan(ct)
    assert first.blur_sd_mm[1] == 0
    assert min(first.blur_sd_mm[0], first.blur_sd_mm[2]) > 0.15
    again = plan(first.applied(ct))
    np.testing.assert_allclose(np.take(again.fwhm_mm, (0, 2)), REFERENCE_FWHM_MM, rtol=0.06)
    assert again.fwhm_mm[1] == pytest.approx(first.fwhm_mm[1], rel=0.05)
    assert not again.changes, "a harmonised scan needs nothing more"


def test_overshoot_counts_too():
    """A kernel that is sharpened by subtracting a wider one is steeper than its Gaussian."""
    soft, wide = (ball((w,) * 3).array.astype(float) for w in (0.8, 1.6))
    ct = ball((0.8,) * 3)
    sharp = ct.like(np.rint(1.6 * soft - 0.6 * wide).astype(np.int16))
    assert max(plan(sharp).fwhm_mm) < 0.7
    np.testing.assert_allclose(plan(plan(sharp).applied(sharp)).fwhm_mm, REFERENCE_FWHM_MM, rtol=0.06)


def test_a_scan_at_the_reference_conditions_is_left_as_it_is():
    ct = ball((1.0, 1.1, 0.95), noise=10.0)
    assert not plan(ct).changes
    assert plan(ct).applied(ct) is ct
    assert "as it is" in plan(ct).statement


def test_the_scan_itself_is_never_changed():
    ct = ball((0.5, 0.5, 0.6), noise=40.0)
    before = ct.array.copy()
    measured = plan(ct).applied(ct)
    np.testing.assert_array_equal(ct.array, before)
    assert measured.frame is ct.frame
    assert measured.array.dtype == ct.array.dtype
    assert remaining_noise(measured, to_ball()) < 0.5 * plan(ct).noise_sd_hu


@pytest.mark.parametrize("change", [flipped, other_axes, lambda v: flipped(other_axes(v)[0]),
                                    lambda v: other_axes(other_axes(v)[0])], ids=["f", "o", "o f", "o o"])
@pytest.mark.parametrize("wedge", [False, True], ids=["edges", "noise varies"])
def test_a_scan_measures_the_same_however_it_is_stored(change, wedge):
    ct = ball((0.6, 1.3, 0.7), noise=20.0)
    if wedge:  # the blocks in which noise is measured differ, and all sides of the ball do
        z, y, x = np.meshgrid(*(np.arange(n) for n in ct.array.shape), indexing="ij")
        grain = np.random.default_rng(2).standard_normal(ct.array.shape) * (x + 2 * y + 3 * z) / 20
        ct = ct.like(np.rint(ct.array + grain).astype(np.int16))
    stored, _ = change(ct)
    here, there = plan(ct), plan(stored)
    axes = [int(np.argmax(np.abs(stored.frame.affine[:3, axis]))) for axis in range(3)]
    assert there.fwhm_mm == tuple(here.fwhm_mm[axis] for axis in axes)
    assert there.blur_sd_mm == tuple(here.blur_sd_mm[axis] for axis in axes)
    assert there.noise_sd_hu == here.noise_sd_hu
    blurred, back = here.applied(ct), upright(there.applied(stored))
    np.testing.assert_array_equal(back.array, blurred.array)
    assert remaining_noise(there.applied(stored), to_ball()) == remaining_noise(blurred, to_ball())


def test_air_around_the_head_and_further_slices_do_not_matter():
    ct = ball((0.6, 0.6, 0.7), noise=30.0)
    cut = ct.crop((14, 8, 1), (140, 136, 108))
    whole, part = plan(ct), plan(cut)
    np.testing.assert_allclose(part.fwhm_mm, whole.fwhm_mm, rtol=0.02)


def test_a_box_gives_what_the_whole_scan_gives():
    ct = ball((0.5, 0.5, 0.6), noise=40.0)
    done, box = plan(ct), (slice(30, 71), slice(0, 60), slice(50, 168))
    boxed = done.applied(ct, box).array
    np.testing.assert_array_equal(boxed[box], done.applied(ct).array[box])
    boxed[box] = ct.array[box]
    np.testing.assert_array_equal(boxed, ct.array)


def test_sheared_stacks_are_blurred_along_their_own_axes():
    ct = ball((0.5, 0.5, 0.7))
    affine = ct.frame.affine.copy()
    affine[1, 2] = 0.2
    affine[2, 2] = np.sqrt(SPACING[2] ** 2 - 0.2**2)
    sheared = Volume(ct.array, Frame(affine, ct.frame.size))
    done = plan(ct)
    np.testing.assert_array_equal(done.applied(sheared).array, done.applied(ct).array)
    assert done.applied(sheared).frame.is_sheared


def test_the_blur_keeps_the_amount_of_calcium():
    frame = Frame.regular(SPACING, (40, 36, 30))
    hu = np.zeros(frame.shape, np.float32)
    hu[14, 17, 19] = 1000
    out = Harmonisation(blur_sd_mm=(0.3, 0.4, 0.5)).applied(Volume(hu, frame)).array
    assert out.sum() == pytest.approx(1000, rel=1e-4)
    index = np.indices(hu.shape).reshape(3, -1)
    weights = out.ravel() / out.sum()
    mean = (index * weights).sum(axis=1)
    sd = np.sqrt(((index - mean[:, None]) ** 2 * weights).sum(axis=1)) * SPACING[::-1]
    np.testing.assert_allclose(mean, (14, 17, 19), atol=1e-3)
    np.testing.assert_allclose(sd, (0.5, 0.4, 0.3), rtol=0.02)


def test_coarse_voxels_are_not_blurred():
    assert plan(ball((0.5, 0.5, 0.5), spacing=(1.0, 1.0, 1.2), size=(70, 70, 60))).blur_sd_mm == (0, 0, 0)


def test_without_edges_nothing_is_known_and_nothing_done():
    blank = Volume(np.full((60, 80, 90), 40, np.int16), Frame.regular(SPACING, (90, 80, 60), center=(0, 0, 0)))
    found = plan(blank)
    assert np.isnan(found.fwhm_mm).all()
    assert not found.changes
    assert len(find_edges(blank.array, 0, SPACING).profiles) == 0


def test_air_that_was_cut_off_at_the_end_of_the_scale_does_not_matter():
    ct = ball((0.6, 0.6, 0.7), noise=40.0)
    clipped = ct.like(np.maximum(ct.array, -1000))
    np.testing.assert_allclose(plan(clipped).fwhm_mm, plan(ct).fwhm_mm, rtol=0.05)


def test_warnings_go_by_what_was_measured():
    assert warnings_of(plan(ball((1.0,) * 3, noise=10.0)), 10.0) == []
    sharp = plan(ball((0.5,) * 3, noise=40.0))
    assert [text for text in warnings_of(sharp, 15.0) if "sharper" in text and "was blurred" in text]
    assert [text for text in warnings_of(sharp.left_as_is, 40.0) if "sharper" in text and "as it is" in text]
    assert [text for text in warnings_of(UNCHANGED, 40.0) if "noisier" in text and "40 HU" in text]


def test_the_measured_part_follows_the_head():
    frame = Frame.regular((1.0, 1.0, 1.0), (300, 280, 260))
    moved = np.eye(4)
    moved[:3, 3] = (100.0, 120.0, 140.0)
    z, y, x = measured_box(frame, moved)
    assert x.start <= 100 - 66 + 1 and x.stop >= 100 + 66
    assert (z.start + z.stop) / 2 == pytest.approx(140 + CENTER_LPS_MM[2], abs=1.0)
    assert (y.start + y.stop) / 2 == pytest.approx(120 + CENTER_LPS_MM[1], abs=1.0)
