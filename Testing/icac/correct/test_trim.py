from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from icac.anatomy import Course, Side
from icac.correct import separate_bone, trim, trim_bone
from icac.correct.block import as_part
from icac.correct.separate import SURE
from icac.errors import InputError
from icac.geometry import Frame, Volume
from icac.geometry.box import bounding_box
from icac.lesions.components import label_components


def shares(scene, patch, lesion: np.ndarray) -> tuple[float, float]:
    """Share of the plaque that is kept and of the bone in the lesion that is removed."""
    after = lesion.copy()
    patch.apply(after)
    bone = lesion & scene.bone
    return (after & scene.plaque).sum() / scene.plaque.sum(), (bone & ~after).sum() / bone.sum()


@pytest.mark.parametrize(("plaque_hu", "bone_hu", "neck_mm"), [
    (350, 900, 0.0),  # dimmer than the bone
    (900, 350, 0.0),  # brighter than the bone
    (500, 500, 0.8),  # alike, held together by blur only
    (250, 1200, 0.0),
])
def test_bone_goes_and_the_plaque_stays(glue_plaque, plaque_hu, bone_hu, neck_mm) -> None:
    scene = glue_plaque(plaque_hu, bone_hu, neck_mm=neck_mm)
    lesion = scene.leaked()
    assert (lesion & scene.bone).sum() > 0.3 * scene.plaque.sum()
    kept, removed = shares(scene, trim_bone(scene.ct, lesion, 0.5), lesion)
    assert kept > 0.8
    assert removed > 0.8


def test_a_stronger_trim_clears_all_that_a_weaker_one_clears(glued) -> None:
    removed = [trim_bone(glued.ct, glued.leaked(), strength).removed for strength in np.linspace(0, 1, 6)]
    for weaker, stronger in pairwise(removed):
        assert not (weaker & ~stronger).any()
    assert removed[0].sum() < removed[-1].sum()


def test_the_strongest_trim_leaves_something(glued) -> None:
    patch = trim_bone(glued.ct, glued.leaked(), 1.0)
    assert patch.after.any()
    assert not patch.added.any()


def test_no_specks_of_bone_are_left(glued) -> None:
    """Every piece that is left holds a voxel that is surely calcification."""
    separation = separate_bone(glued.ct, as_part(glued.leaked(4.0), glued.ct.array.shape))
    sure = separation.certainty >= SURE
    for least in np.linspace(0.05, SURE, 8):
        pieces, count = label_components(separation.certainty >= least)
        assert set(range(1, count + 1)) <= set(np.unique(pieces[sure]))


def test_thick_slices_are_trimmed_alike(glue_plaque) -> None:
    scene = glue_plaque(spacing=(0.5, 0.5, 2.0))
    kept, removed = shares(scene, trim_bone(scene.ct, scene.leaked(), 0.5), scene.leaked())
    assert kept > 0.75
    assert removed > 0.75


def test_a_plaque_in_soft_tissue_is_left_alone(glue_plaque) -> None:
    scene = glue_plaque(neck_mm=6.0)
    assert not (scene.leaked() & scene.bone).any()
    kept = trim_bone(scene.ct, scene.plaque, 0.0).after.sum() / scene.plaque.sum()
    assert kept > 0.97


def test_a_block_gives_the_same_as_the_whole_mask(glued) -> None:
    lesion = glued.leaked()
    box = bounding_box(lesion)
    whole, block = trim_bone(glued.ct, lesion, 0.6), trim_bone(glued.ct, (box, lesion[box]), 0.6)
    assert whole.box == block.box
    np.testing.assert_array_equal(whole.after, block.after)


def test_only_the_surroundings_are_read(glued) -> None:
    """The same lesion in a large scan whose rest is bright: the answer and its place are the same."""
    start, size = (9, 4, 20), (110, 100, 80)
    array = np.full(size[::-1], 3000, dtype=np.int16)
    block = tuple(slice(s, s + n) for s, n in zip(start[::-1], glued.ct.array.shape, strict=True))
    array[block] = glued.ct.array
    big = Volume(array, glued.ct.frame.crop(tuple(-s for s in start), size))
    lesion = np.zeros(array.shape, dtype=bool)
    lesion[block] = glued.leaked()
    inside, whole = trim_bone(glued.ct, glued.leaked(), 0.5), trim_bone(big, lesion, 0.5)
    assert [s.start for s in whole.box] == [a.start + b for a, b in zip(inside.box, start[::-1], strict=True)]
    np.testing.assert_array_equal(inside.after, whole.after)


def test_mirrored_scans_are_trimmed_as_mirror_images(glued) -> None:
    flipped = Volume(np.ascontiguousarray(glued.ct.array[:, :, ::-1]), glued.ct.frame)
    straight = separate_bone(glued.ct, as_part(glued.leaked(), glued.ct.array.shape))
    mirrored = separate_bone(flipped, as_part(glued.leaked()[:, :, ::-1], glued.ct.array.shape))
    # Coarse surroundings fall on other voxels, so that the last per cent may differ.
    np.testing.assert_allclose(straight.certainty, mirrored.certainty[:, :, ::-1], atol=0.1)


def test_the_course_and_the_network_sway_the_trim(glued) -> None:
    """Both are hints: the plaque gains against bone if the artery lies beside it or the network says so."""
    part = as_part(glued.leaked(), glued.ct.array.shape)

    def contrast(**hints) -> float:
        certainty = separate_bone(glued.ct, part, **hints).certainty[part.mask]
        plaque = glued.plaque[part.box][part.mask]
        return certainty[plaque].mean() - certainty[~plaque].mean()

    z = np.arange(-20, 20, 0.5)
    line = glued.center + np.stack([np.full_like(z, -3.0), 0 * z, z], axis=1)
    courses = {Side.LEFT: Course(Side.LEFT, line, np.full_like(z, 2.0), np.full(len(z), 4))}
    wrong = {Side.LEFT: Course(Side.LEFT, line + np.array((14.0, 0.0, 0.0)), np.full_like(z, 2.0), np.full(len(z), 4))}
    assert contrast(courses=courses) > contrast(courses=wrong)
    likely = np.where(glued.plaque, 0.95, 0.05).astype(np.float32)
    assert contrast(probability=likely) > contrast(probability=1.0 - likely)


def test_a_separation_serves_every_strength(glued) -> None:
    separation = separate_bone(glued.ct, as_part(glued.leaked(), glued.ct.array.shape))
    for strength in (0.0, 0.4, 1.0):
        np.testing.assert_array_equal(trim(separation, strength).after,
                                      trim_bone(glued.ct, glued.leaked(), strength).after)


def test_a_lesion_at_the_edge_of_the_scan_and_of_one_voxel_is_trimmed() -> None:
    ct = Volume(np.full((3, 4, 5), 400, dtype=np.int16), Frame.regular((1, 1, 1), (5, 4, 3)))
    lesion = np.zeros(ct.array.shape, dtype=bool)
    lesion[0, 0, 0] = True
    assert trim_bone(ct, lesion, 1.0).after.sum() == 1


def test_wrong_input_is_one_sentence(glued) -> None:
    with pytest.raises(InputError, match="0 to 1"):
        trim_bone(glued.ct, glued.leaked(), 1.5)
    with pytest.raises(InputError, match="no voxels"):
        trim_bone(glued.ct, np.zeros(glued.ct.array.shape, dtype=bool), 0.5)
