"""A skull without a head around it is found too, cut lid and all."""

import numpy as np
import pytest
from icac.ct.head import enclosed_by_bone, find_head

SPACING_MM = 2.0


def skull(inside_hu: float) -> np.ndarray:
    """Return a shell of bone, wider than long, with its lid sawn off and holes, and a rod of a holder beside it."""
    z, y, x = (np.arange(n) - n / 2 for n in (80, 100, 120))
    radius = np.sqrt((z[:, None, None] / 34) ** 2 + (y[:, None] / 38) ** 2 + (x / 44) ** 2)
    hu = np.full(radius.shape, -1000.0, np.float32)
    hu[radius < 1] = inside_hu
    hu[(radius > 0.92) & (radius < 1)] = 700
    hu[55:57] = np.where(hu[55:57] > 300, -1000 if inside_hu < 0 else inside_hu, hu[55:57])
    for k in range(80):  # a hole in every slice, wider than what closes by itself, now here and now there
        hole = hu[k, :50, 16 + k % 10 * 9:26 + k % 10 * 9]
        hole[hole > 300] = inside_hu
    hu[:, 96:98, 4:8] = 900
    return hu


@pytest.mark.parametrize("inside_hu", [-1000.0, 35.0])
def test_a_skull_is_found_whatever_it_holds(inside_hu):
    hu = skull(inside_hu)
    head = find_head(hu, SPACING_MM)
    assert head[20:60, 30:70, 40:80].all()
    assert not head[:, 96:].any(), "the holder is no head"


def test_bone_encloses_what_lies_in_a_bare_skull_with_holes():
    middle = enclosed_by_bone(skull(-1000.0), SPACING_MM)[40]
    assert middle[50, 60]
    assert not middle[:8].any()
