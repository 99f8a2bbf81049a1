"""Parts of a stack whose values have another zero or scale, told by soft tissue alone."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest
from icac.ct import read_ct, write_volume
from icac.ct.series.levels import shifted_parts
from icac.errors import InputError
from icac.geometry import Frame, Volume, upright
from scipy import ndimage

COUNT, SHAPE, STEP_MM = 40, (150, 126), 1.2

#: A cone whose top lies near the last slice; the last ones hold little tissue.
Z, Y, X = np.indices((COUNT, *SHAPE))
RADIUS = np.hypot(X - 55 - 0.4 * Z, 0.8 * (Y - 70 + 0.3 * Z)) / np.clip(54 - 0.03 * Z**2, 2, None)


def head(noise_hu: float = 9, blur: float = 0.7) -> np.ndarray:
    """A lopsided head that leans: brain, two kinds of muscle, a skull with petrous bones below, and air around it."""
    grain = ndimage.gaussian_filter(np.random.default_rng(5).normal(size=RADIUS.shape), (0, blur, blur))
    hu = np.select([RADIUS < 0.75, RADIUS < 0.9, RADIUS < 1], [34.0 + 0.2 * X, 950.0, -60.0], -1000.0)
    hu[(np.abs(X - 40 - Z) < 9) & (RADIUS < 0.75) & (Z < 12)] = 1300
    return np.rint(hu + grain * noise_hu / grain.std()).clip(-1024).astype(np.int16)


HEAD = head()


def changed(hu: np.ndarray, part: slice, intercept: float = 0, slope: float = 1, least: float = -32768) -> np.ndarray:
    """The head with a part of it rescaled otherwise: ``slope`` is that of values stored from -1024 on."""
    other = hu.astype(float)
    other[part] = np.maximum((other[part] + 1024) * slope - 1024 + intercept, least)
    return np.rint(other).astype(np.int16)


def told(hu: np.ndarray) -> list[tuple[int, int, float]]:
    return [(one.first, one.last, round(one.by_hu, -1)) for one in shifted_parts(hu)]


@pytest.mark.parametrize("hu", [HEAD, HEAD[::3], HEAD[::-1], HEAD[:2], HEAD[:, :3, :4], head(45, 0.4), head(12, 2.0),
                                np.full((30, *SHAPE), -1000, np.int16)],
                         ids=["head", "far apart", "downwards", "two", "narrow", "sharp", "smooth", "air"])
def test_one_scan_has_one_level(hu):
    assert told(hu) == []


def test_real_scans_have_one_level(shared_data):
    for path in (shared_data / "head_ct_ge", shared_data / "skull_phantom_philips_1mm",
                 *sorted((shared_data / "real_heads").glob("*.nrrd"))):
        assert told(upright(read_ct(path, incomplete=True).volume).array) == [], path


@pytest.mark.parametrize("shift", [-1024, -1000, -300, -150, -80, 80, 150, 300, 1000, 1024])
@pytest.mark.parametrize("part", [slice(22, None), slice(14, 19), slice(0, 6), slice(9, 10)],
                         ids=["from a slice on", "a few", "the lowest", "one"])
@pytest.mark.parametrize("least", [-1024, -32768])
def test_a_part_with_another_zero_is_found(shift, part, least):
    [(first, last, by)] = told(changed(HEAD, part, shift, least=least))
    assert (first, last) == (part.start, (part.stop or COUNT) - 1)
    assert by == pytest.approx(shift, abs=40)


def test_the_right_part_is_the_one_with_soft_tissue_even_if_it_is_shorter():
    for shift in (1000, 300, -300, -1000):
        assert {(first, last) for first, last, _ in told(changed(HEAD, slice(15, None), shift))} == {(15, COUNT - 1)}


def test_two_parts_and_another_slope_are_found():
    both = changed(changed(HEAD, slice(5, 9), -500), slice(24, 28), 200)
    assert [one[:2] for one in told(both)] == [(5, 8), (24, 27)]
    [(first, last, by)] = told(changed(HEAD, slice(20, None), slope=0.5))
    assert (first, last) == (20, COUNT - 1) and by == pytest.approx(-530, abs=20)


def test_slices_with_little_tissue_tell_nothing():
    tissue = ((HEAD > -100) & (HEAD < 150)).sum(axis=(1, 2))
    assert tissue[36] < 0.2 * tissue.max()
    assert told(changed(HEAD, slice(37, None), -1000)) == []


@pytest.fixture
def write(tmp_path, make_series, stack_of_heights):
    def series(hu: np.ndarray, **elements):
        return make_series(tmp_path / "series", lambda points: hu[round(points[0, 0, 2] / STEP_MM)],
                           stack_of_heights(STEP_MM * np.arange(len(hu))), shape=SHAPE, SliceThickness=STEP_MM,
                           **elements)
    return series


def number_of(path) -> int:
    return round(float(pydicom.dcmread(path).ImagePositionPatient[2]) / STEP_MM)


def edited(folder, numbers, edit):
    """Give slices of a series other headers."""
    for path in folder.iterdir():
        data = pydicom.dcmread(path)
        if number_of(path) in numbers:
            edit(data)
            data.save_as(path)
    return folder


def test_few_slices_with_another_intercept_count_as_missing(write):
    def edit(data) -> None:
        data.RescaleIntercept = -24
    folder = edited(write(HEAD), range(31, 34), edit)
    with pytest.raises(InputError, match=r"lacks 3 slices .* some 1000 HU above that of the slices beside it \(another "
                                         r"rescale intercept or slope\)"):
        read_ct(folder)
    scan = read_ct(folder, incomplete=True)
    [gap] = [one for one in scan.missing if np.isfinite([one.low, one.high]).all()]
    assert (gap.low, gap.high) == pytest.approx((30 * STEP_MM, 34 * STEP_MM))
    kept = np.delete(np.arange(COUNT), range(31, 34))
    assert np.array_equal(scan.volume.array[kept], HEAD[kept])


def test_as_many_as_are_shifted_beyond_an_end_are_told(write):
    folder = write(changed(HEAD, slice(0, 4), -300))
    with pytest.raises(InputError, match=r"lacks 4 slices .*each of 4 files"):
        read_ct(folder)


def test_a_series_of_which_a_third_is_shifted_is_refused(write):
    with pytest.raises(InputError, match=r"series jump: each of 14 slices of 40 \(such as .* some 1000 HU below"):
        read_ct(write(changed(HEAD, slice(0, 14), -1000)), incomplete=True)


def test_slopes_and_intercepts_of_their_own_that_fit_their_values_are_read_as_they_are(write, make_series):
    def edit(data) -> None:
        stored = np.frombuffer(data.PixelData, "<u2").astype(int) - 1024
        data.RescaleSlope, data.RescaleIntercept = 0.5, -1500
        data.PixelData = ((stored + 1500) * 2).astype("<u2").tobytes()
    scan = read_ct(edited(write(HEAD), range(17, COUNT), edit))
    assert np.array_equal(scan.volume.array, HEAD) and scan.doubts == ()


def test_an_image_with_a_shifted_part_is_refused_and_one_with_an_odd_slice_measured_with_a_warning(tmp_path):
    frame = Frame.regular((0.7, 0.5, STEP_MM), HEAD.shape[::-1])
    write_volume(Volume(changed(HEAD, slice(12, 16), -400), frame), tmp_path / "jump.nii.gz")
    with pytest.raises(InputError, match=r"jump\.nii\.gz jump: each of its slices from number 13 to 16 of 40 from "
                                         "below has soft tissue some 400 HU below"):
        read_ct(tmp_path / "jump.nii.gz")
    write_volume(Volume(changed(HEAD, slice(12, 13), 150), frame), tmp_path / "one.nii.gz")
    [doubt] = read_ct(tmp_path / "one.nii.gz").doubts
    assert "Slice number 13 of 40 from below" in doubt and "some 150 HU above" in doubt
    mixed = HEAD.copy()
    mixed[0] = np.rint(0.6 * HEAD[0] - 0.4 * 1024)
    write_volume(Volume(mixed, frame), tmp_path / "mixed.nrrd")
    [doubt] = read_ct(tmp_path / "mixed.nrrd").doubts
    assert doubt.startswith("Slice number 1 of 40 from below of ") and "what is measured there is wrong" in doubt
