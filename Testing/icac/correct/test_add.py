from __future__ import annotations

import numpy as np
import pytest
from icac.correct import add_missed
from icac.errors import InputError
from icac.geometry import Frame, Volume


def empty(scene) -> np.ndarray:
    return np.zeros(scene.ct.array.shape, dtype=bool)


def test_a_click_adds_the_plaque_and_stops_at_bone(glued) -> None:
    mask = empty(glued)
    add_missed(glued.ct, mask, glued.center).apply(mask)
    assert (mask & glued.plaque).sum() > 0.85 * glued.plaque.sum()
    assert (mask & ~glued.plaque).sum() < 0.02 * glued.plaque.sum()
    assert (glued.ct.array[mask] >= 130).all()


def test_without_bone_all_connected_voxels_within_the_radius_are_added(glue_plaque) -> None:
    scene = glue_plaque(neck_mm=6.0)
    patch = add_missed(scene.ct, empty(scene), scene.center, radius_mm=5.0)
    assert patch.added.sum() == pytest.approx(scene.plaque.sum(), rel=0.02)
    small = add_missed(scene.ct, empty(scene), scene.center, radius_mm=1.0)
    points = scene.ct.frame.to_lps((np.argwhere(small.added) + [s.start for s in small.box])[:, ::-1])
    assert np.linalg.norm(points - scene.center, axis=1).max() <= 1.3  # the click snaps to a voxel centre
    assert 0 < small.added.sum() < patch.added.sum()


def test_a_click_beside_the_plaque_snaps_to_it(glue_plaque) -> None:
    scene = glue_plaque(neck_mm=6.0)
    edge = scene.center - (2.0 + 1.3, 0, 0)
    assert scene.ct.array[tuple(np.rint(scene.ct.frame.to_index(edge)).astype(int)[::-1])] < 130
    assert add_missed(scene.ct, empty(scene), edge).added.sum() > 0.9 * scene.plaque.sum()


def test_what_is_there_already_is_kept(glued) -> None:
    mask = empty(glued)
    mask[0, 0, 0] = True
    patch = add_missed(glued.ct, mask, glued.center)
    assert not patch.removed.any()
    patch.apply(mask)
    assert mask[0, 0, 0]
    assert add_missed(glued.ct, mask, glued.center).is_empty


@pytest.mark.parametrize("offset", [(-6.0, 0.0, 0.0), (500.0, 0.0, 0.0)])
def test_a_click_on_soft_tissue_or_beside_the_scan_is_one_sentence(glued, offset) -> None:
    with pytest.raises(InputError, match="no voxel of at least 130 HU"):
        add_missed(glued.ct, empty(glued), glued.center + offset)


def test_voxels_larger_than_the_reach_of_a_click_can_be_clicked() -> None:
    ct = Volume(np.full((3, 3, 3), 40, dtype=np.int16), Frame.regular((0.5, 0.5, 5.0), (3, 3, 3)))
    ct.array[1, 1, 1] = 300
    patch = add_missed(ct, np.zeros((3, 3, 3), dtype=bool), (0.5, 0.5, 7.2))  # 2.2 mm off its centre
    assert patch.added.sum() == 1


def test_the_radius_must_be_positive(glued) -> None:
    with pytest.raises(InputError, match="radius"):
        add_missed(glued.ct, empty(glued), glued.center, radius_mm=0)
