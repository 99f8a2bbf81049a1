"""Slices of a series that show something else than those beside them, though nothing in their headers is wrong."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest
from icac.ct import read_ct, write_volume
from icac.ct.series.continuity import copied_slices, misplaced_slices
from icac.errors import InputError
from icac.geometry import Frame, Volume

COUNT, SHAPE = 24, (120, 132)


def head() -> np.ndarray:
    """A lopsided cone in air that leans from slice to slice, with noise."""
    z, y, x = np.indices((COUNT, *SHAPE))
    radius = np.hypot(x - 44 - 0.8 * z, 1.3 * (y - 50 + 0.5 * z)) / (30 + 0.7 * z)
    hu = np.select([radius < 0.8, radius < 1], [40.0, 800.0], -1000.0) + (x > 55) * (radius < 0.8) * 30
    return np.rint(hu + np.random.default_rng(2).normal(0, 8, hu.shape)).clip(-1024).astype(np.int16)


def changed(change) -> np.ndarray:
    hu = head()
    change(hu)
    return hu


def exchange(hu: np.ndarray, one: int, other: int) -> None:
    hu[[one, other]] = hu[[other, one]]


def replace(number: int, made):
    """Return what gives a slice other values, made of its own."""
    def change(hu: np.ndarray) -> None:
        hu[number] = made(hu[number])
    return change


ODD = {"another zero": replace(9, lambda plane: plane + 1024), "inverted": replace(9, lambda plane: 40 - plane),
       "one value": replace(9, np.zeros_like), "mirrored": replace(9, lambda plane: plane[:, ::-1])}


@pytest.fixture
def write(tmp_path, make_series, stack_of_heights):
    def series(hu: np.ndarray):
        return make_series(tmp_path / "series", lambda points: hu[round(points[0, 0, 2] / 1.5)],
                           stack_of_heights(1.5 * np.arange(COUNT)), shape=SHAPE, SliceThickness=1.5)
    return series


def name_of(folder, number: int) -> str:
    return next(path.name for path in folder.iterdir()
                if round(float(pydicom.dcmread(path).ImagePositionPatient[2]) / 1.5) == number)


def test_a_usual_stack_is_read_as_it_is(write):
    assert np.array_equal(read_ct(write(head())).volume.array, head())
    assert misplaced_slices(head()) == ([], []) and copied_slices(head()) == []


@pytest.mark.parametrize("change", ODD.values(), ids=ODD)
def test_a_slice_that_is_not_of_its_place_counts_as_missing(write, change):
    folder = write(changed(change))
    with pytest.raises(InputError, match=rf"lacks 1 slice .*{name_of(folder, 9)} shows something else"):
        read_ct(folder)
    scan = read_ct(folder, incomplete=True)
    [gap] = [one for one in scan.missing if np.isfinite([one.low, one.high]).all()]
    assert (gap.low, gap.high) == pytest.approx((8 * 1.5, 10 * 1.5))
    kept = np.delete(np.arange(COUNT), 9)
    assert np.array_equal(scan.volume.array[kept], head()[kept])
    assert np.abs(scan.volume.array[9] - (head()[8] / 2 + head()[10] / 2)).max() <= 1


def test_slices_that_changed_places_are_found(write):
    assert misplaced_slices(changed(lambda hu: exchange(hu, 6, 15))) == ([], [6, 15])
    folder = write(changed(lambda hu: exchange(hu, 12, 13)))
    with pytest.raises(InputError, match=rf"{name_of(folder, 12)} and {name_of(folder, 13)} .* changed places"):
        read_ct(folder)


def test_a_slice_twice_at_two_places_is_found(write):
    def copy(hu: np.ndarray) -> None:
        hu[14] = hu[13]
    folder = write(changed(copy))
    with pytest.raises(InputError, match=r"lacks 2 slices .* has the pixels of another slice"):
        read_ct(folder)


def test_slices_of_nothing_are_no_copies():
    hu = head()
    hu[20:] = -1000
    assert copied_slices(hu) == []


@pytest.mark.parametrize(("change", "words", "number"), [
    (ODD["inverted"], "show something else than those beside them", 10),
    (lambda hu: exchange(hu, 12, 13), "have changed places", 13)])
def test_an_image_of_such_slices_is_read_with_a_warning(tmp_path, change, words, number):
    for name, hu in (("plain", head()), ("odd", changed(change))):
        write_volume(Volume(hu, Frame.regular((0.7, 0.5, 1.5), hu.shape[::-1])), tmp_path / f"{name}.nii.gz")
    assert read_ct(tmp_path / "plain.nii.gz").doubts == ()
    [doubt] = read_ct(tmp_path / "odd.nii.gz").doubts
    assert words in doubt and f"number {number} of {COUNT} from below" in doubt
