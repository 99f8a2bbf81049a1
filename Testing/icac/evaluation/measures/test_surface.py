from __future__ import annotations

import numpy as np
import pytest
from icac.evaluation.measures.surface import surface_distances, surface_points
from icac.geometry import Frame


def test_single_voxels_in_a_sheared_frame_are_as_far_apart_as_in_space(sheared):
    def distance(first: tuple[int, int, int], second: tuple[int, int, int]) -> float:
        predicted, truth = np.zeros((2, *sheared.shape), dtype=bool)
        predicted[first] = truth[second] = True
        found = surface_distances(predicted, truth, sheared)
        assert found.hausdorff == found.hausdorff95 == found.average
        return found.hausdorff

    # A slice further up lies 2 mm higher and, by the shear, 1 mm further back; a row is 0.5 mm.
    assert distance((5, 9, 4), (4, 9, 4)) == pytest.approx(np.sqrt(5))
    assert distance((5, 9, 4), (4, 11, 4)) == pytest.approx(2.0)  # two rows make up for the shear
    assert distance((5, 9, 4), (4, 7, 4)) == pytest.approx(np.sqrt(8))  # and two rows the other way add to it


def test_distances_by_hand():
    frame = Frame.regular((1.0, 2.0, 3.0), (10, 5, 4))
    predicted, truth = np.zeros((2, *frame.shape), dtype=bool)
    predicted[1, 2, 2:6], truth[1, 2, 2:4] = True, True
    found = surface_distances(predicted, truth, frame)  # predicted to truth: 0, 0, 1, 2; back: 0, 0
    assert found.hausdorff == 2
    assert found.hausdorff95 == pytest.approx(np.percentile([0, 0, 1, 2], 95))
    assert found.average == pytest.approx(3 / 6)


def test_inner_voxels_are_no_surface():
    frame = Frame.regular((1.0, 1.0, 1.0), (5, 5, 5))
    mask = np.ones(frame.shape, dtype=bool)
    assert len(surface_points(mask, frame)) == 125 - 27
    mask[0, 0, 0] = False  # its face neighbours are surface already
    assert len(surface_points(mask, frame)) == 124 - 27


def test_undefined_without_voxels(cubic):
    empty, some = np.zeros((2, *cubic.shape), dtype=bool)
    some[1, 2, 3] = True
    assert all(np.isnan(v) for v in surface_distances(empty, some, cubic))
    assert all(np.isnan(v) for v in surface_distances(empty, empty, cubic))


def test_same_values_as_monai_on_orthogonal_grids():
    metrics = pytest.importorskip("monai.metrics")
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(3)
    frame = Frame.regular((0.4, 0.5, 1.5), (14, 12, 10))
    predicted, truth = rng.random((2, *frame.shape)) > 0.97
    predicted[3:6, 4:9, 2:7] = truth[3:7, 5:9, 3:8] = True
    spacing = frame.spacing[::-1]
    tensors = [torch.from_numpy(mask[None, None].astype(np.uint8)) for mask in (predicted, truth)]
    found = surface_distances(predicted, truth, frame)
    for value, percentile in ((found.hausdorff, None), (found.hausdorff95, 95)):
        expected = metrics.compute_hausdorff_distance(*tensors, True, percentile=percentile, spacing=spacing)
        assert value == pytest.approx(float(expected), rel=1e-5)
    expected = metrics.compute_average_surface_distance(*tensors, True, symmetric=True, spacing=spacing)
    assert found.average == pytest.approx(float(expected), rel=1e-5)
