from __future__ import annotations

import numpy as np
import pytest
from icac.ct import ct_numbers
from icac.geometry import Frame, Volume
from icac.reference import load_reference


def test_the_coarse_copy_keeps_values_where_they_are_whatever_the_axes():
    affine = np.array([[0, 0, -1.5, 40], [0.5, 0, 0, -30], [0, -0.5, 0.1, 20], [0, 0, 0, 1]], dtype=float)
    frame = Frame(affine, (100, 90, 40))
    points = frame.to_lps(np.moveaxis(np.indices(frame.size), 0, -1))
    volume = Volume((points @ (3.0, -5.0, 7.0)).transpose(2, 1, 0).astype(np.float32), frame)
    coarse = ct_numbers.coarse_copy(volume)
    assert coarse.frame.spacing == (2, 2, 2)
    where = coarse.frame.to_lps(np.moveaxis(np.indices(coarse.frame.size), 0, -1))
    index = frame.to_index(where)
    inside = ((index >= 4) & (index <= np.array(frame.size) - 5)).all(axis=-1)
    assert inside.mean() > 0.5
    assert coarse.array.transpose(2, 1, 0)[inside] == pytest.approx(where[inside] @ (3.0, -5.0, 7.0), abs=0.1)


def test_the_height_of_the_head(head):
    height = ct_numbers.COARSE_MM * ct_numbers.head_slices(ct_numbers.coarse_copy(head)).sum()
    # The skull (0.97 of the radii) is at least 85 mm wide where z / 88 < sqrt(0.97^2 - (42.5 / 76)^2) = 0.79.
    assert height == pytest.approx(2 * 0.79 * 88, abs=12)


def test_a_skull_with_a_thin_vault_is_one(head):
    thin = head.like(np.where(head.array > 500, 230, head.array).astype(np.int16))
    assert ct_numbers.COARSE_MM * ct_numbers.head_slices(ct_numbers.coarse_copy(thin)).sum() > 80


@pytest.mark.parametrize(("half_mm", "is_cut"), [(50, True), (60, True), (100, False)])
def test_a_small_field_of_view_cuts_the_head(half_mm, is_cut):
    """The skull base of the reference head, in fields of 100 to 200 mm; without its bone it is no head."""
    volume = load_reference().volume
    low, high = (volume.frame.to_index((end, end + 3, z)) for end, z in ((-half_mm, -45), (half_mm, 45)))
    first = np.clip(np.rint(low), 0, None).astype(int)
    size = np.minimum(np.rint(high).astype(int), np.array(volume.frame.size) - 1) - first + 1
    coarse = ct_numbers.coarse_copy(volume.crop(tuple(map(int, first)), tuple(map(int, size))))
    slices, cut = ct_numbers.shown_head(coarse, 24.0)
    assert cut == is_cut and ct_numbers.COARSE_MM * slices.sum() >= 24.0
    soft = coarse.like(np.minimum(coarse.array, 100))
    assert ct_numbers.shown_head(soft, 24.0)[0].sum() == 0


def test_soft_tissue_of_the_head(head):
    tissue = ct_numbers.soft_tissue_ml(ct_numbers.coarse_copy(head))
    brain = 4 / 3 * np.pi * 76 * 94 * 88 * 0.9**3 / 1000
    assert tissue == pytest.approx(brain, rel=0.2)


def test_of_a_scan_with_shoulders_the_brain_counts(head):
    coarse = ct_numbers.coarse_copy(head)
    muscle = np.concatenate([np.full((60, *coarse.array.shape[1:]), 58, np.float32), coarse.array])
    shown = Volume(muscle, Frame.regular((2.0, 2.0, 2.0), muscle.shape[::-1]))
    assert ct_numbers.commonest_tissue_hu(shown) == pytest.approx(58, abs=3)
    assert ct_numbers.commonest_tissue_hu(shown, in_skull=True) == pytest.approx(35, abs=3)
    assert np.isnan(ct_numbers.commonest_tissue_hu(shown.like(np.full_like(muscle, -1000)), in_skull=True))


def test_values_are_summed_up():
    array = np.concatenate([np.full(500, -1000), np.full(400, 1050), np.full(100, 3000)]).reshape(10, 10, 10)
    values = ct_numbers.value_range(array)
    assert (values.low, values.high, values.air, values.offset_tissue) == (-1000, 3000, 0.5, 0.4)
