"""Whether two volumes show the same scan."""

from __future__ import annotations

import numpy as np
import pytest
from icac.ct.same import shows_same
from icac.geometry import Frame, Volume


@pytest.fixture
def shifted(head):
    def make(mm: float) -> Volume:
        affine = head.frame.affine.copy()
        affine[:3, 3] += (mm, 0.4 * mm, 0.0)
        return Volume(head.array, Frame(affine, head.frame.size))
    return make


def test_other_grids_and_orders_of_the_axes_show_the_same(head, shifted):
    assert shows_same(head, head)
    turned = Frame(head.frame.affine @ np.array([[1, 0, 0, 0], [0, -1, 0, 219], [0, 0, -1, 79], [0, 0, 0, 1.0]]),
                   head.frame.size)
    assert shows_same(Volume(head.array[::-1, ::-1], turned), head)
    coarse = Frame.regular((1.1, 0.9, 2.6), (160, 200, 55), center=(4, -6, 20))
    assert shows_same(head, head.resample(coarse)) and shows_same(head.resample(coarse), head)
    assert shows_same(head, shifted(0.5))


def test_another_place_another_head_and_other_values_do_not(head, shifted):
    assert not shows_same(head, shifted(12.0))
    assert not shows_same(head, shifted(500.0))
    assert not shows_same(head, Volume(head.array[:, ::-1], head.frame))
    assert not shows_same(head, Volume((head.array + 1024).astype(np.int16), head.frame))
