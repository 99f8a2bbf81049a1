from __future__ import annotations

import numpy as np
import pytest
from icac.geometry import Frame
from icac.lesions.agatston import agatston_score, density_weight

FRAME = Frame.regular((0.5, 0.4, 3.0), (6, 5, 2))  # pixel 0.2 mm2, increment 3 mm


def two_areas() -> np.ndarray:
    """Slice 0: an area of 3 voxels, peak 250, and one of 1 voxel, 130; slice 1: 2 voxels, peak 400."""
    hu = np.zeros((2, 5, 6), dtype=np.float32)
    hu[0, 0, 0], hu[0, 1, 1], hu[0, 2, 1] = 140, 250, 199  # corner neighbours are one area
    hu[0, 4, 5] = 130
    hu[1, 3, 2:4] = 399.9, 400
    return hu


def test_weights_change_at_the_stated_densities() -> None:
    assert density_weight(np.array([129.9, 130, 199.9, 200, 299.9, 300, 399.9, 400, 3000])).tolist() == [
        0, 1, 1, 2, 2, 3, 3, 4, 4]


def test_score_by_hand() -> None:
    hu = two_areas()
    expected = 3 * 0.2 * 2 + 1 * 0.2 * 1 + 2 * 0.2 * 4
    assert agatston_score(hu >= 130, hu, FRAME) == pytest.approx(expected)


def test_thin_slices_do_not_inflate_the_score() -> None:
    thick = two_areas()
    thin = np.repeat(thick, 6, axis=0)  # the same object on slices 0.5 mm apart
    frame = Frame.regular((0.5, 0.4, 0.5), (6, 5, 12))
    expected = agatston_score(thick >= 130, thick, FRAME)
    assert agatston_score(thin >= 130, thin, frame) == pytest.approx(expected)


def test_minimum_area_applies_to_each_area_in_a_slice() -> None:
    hu = two_areas()
    assert agatston_score(hu >= 130, hu, FRAME, min_area_mm2=0.5) == pytest.approx(3 * 0.2 * 2)


def test_layers_are_axial_in_a_file_stored_as_sagittal_layers() -> None:
    hu = two_areas()
    affine = np.eye(4)  # array axes become (x, y, z): index i runs along z
    affine[:3, :3] = np.array([[0, 0, 0.5], [0, 0.4, 0], [3.0, 0, 0]])
    turned = hu.transpose(2, 1, 0)
    frame = Frame(affine, turned.shape[::-1])
    assert agatston_score(turned >= 130, turned, frame) == pytest.approx(agatston_score(hu >= 130, hu, FRAME))


def test_no_calcium_scores_zero() -> None:
    assert agatston_score(np.zeros((2, 5, 6), dtype=bool), two_areas(), FRAME) == 0
