from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from icac.ct import write_volume
from icac.errors import InputError
from icac.evaluation.cases.read_case import read_case
from icac.geometry import Frame, Volume


def test_smaller_box_of_the_same_voxels_is_put_in_its_place(make_case, sheared):
    case = make_case("a", sheared, [np.s_[2, 3, 4]], [])
    inner = Volume(np.ones((1, 2, 3), dtype=np.uint8), sheared.crop((4, 3, 2), (3, 2, 1)))
    arrays = read_case(replace(case, truth=inner))
    assert arrays.frame is sheared
    assert np.argwhere(arrays.truth).tolist() == [[2, y, x] for y in (3, 4) for x in (4, 5, 6)]


def test_truth_that_reaches_beyond_the_prediction_is_kept(make_case, cubic):
    case = make_case("a", cubic, [np.s_[0, 0, 0]], [])
    beyond = Volume(np.ones((2, 2, 2), dtype=np.uint8), cubic.crop((-2, 0, 0), (2, 2, 2)))
    arrays = read_case(replace(case, truth=beyond))
    assert arrays.frame.size == (22, 12, 8)
    assert np.count_nonzero(arrays.truth) == 8
    assert np.argwhere(arrays.predicted).tolist() == [[0, 0, 2]]


@pytest.mark.parametrize("other", [
    Frame.regular((1.0, 1.0, 1.0), (20, 12, 8), origin=(-9.2, 0, 0)),
    Frame.regular((1.0, 1.0, 1.1), (20, 12, 8), origin=(-9.5, 0, 0)),
    Frame.regular((-1.0, 1.0, 1.0), (20, 12, 8), origin=(9.5, 0, 0)),
])
def test_other_voxels_are_refused(make_case, cubic, other):
    case = replace(make_case("a", cubic, [], []), truth=Volume(np.zeros(other.shape, np.uint8), other))
    with pytest.raises(InputError, match="does not lie on the voxels of the prediction"):
        read_case(case)


def test_probabilities_beyond_one_are_refused(make_case, cubic):
    case = make_case("a", cubic, [], [], probability=Volume(np.full(cubic.shape, 40.0, np.float32), cubic))
    with pytest.raises(InputError, match="outside 0 to 1"):
        read_case(case)


def test_sheared_labelmaps_from_files(make_case, sheared, tmp_path):
    case = make_case("a", sheared, [np.s_[2, 3, 4]], [np.s_[1, 2, 3]])
    paths = {name: write_volume(getattr(case, name), tmp_path / f"{name}.nii.gz") for name in ("predicted", "truth")}
    arrays = read_case(replace(case, **paths))
    assert arrays.frame.matches(sheared)
    assert np.argwhere(arrays.truth).tolist() == [[1, 2, 3]]


def test_layers_of_a_slicer_segmentation_are_joined(make_case, cubic, tmp_path):
    sitk = pytest.importorskip("SimpleITK")
    layers = np.zeros((2, *cubic.shape), dtype=np.uint8)
    layers[0, 1, 2, 3], layers[1, 4, 5, 6] = 1, 2
    path = tmp_path / "truth.seg.nrrd"
    sitk.WriteImage(sitk.Compose([Volume(layer, cubic).to_sitk() for layer in layers]), str(path))
    arrays = read_case(replace(make_case("a", cubic, [], []), truth=path))
    assert np.argwhere(arrays.truth).tolist() == [[1, 2, 3], [4, 5, 6]]


def test_a_truth_whose_background_was_saved_is_refused(make_case, cubic):
    case = replace(make_case("a", cubic, [np.s_[2, 3, 4]], []), truth=Volume(np.ones(cubic.shape, np.uint8), cubic))
    read_case(case)  # without the scan nobody knows that it is more than a box around the truth
    with pytest.raises(InputError, match="of case a marks 100% of the voxels of the scan"):
        read_case(replace(case, ct=Volume(np.zeros(cubic.shape, np.int16), cubic)))
