"""The corrections of icac.correct, applied to a review as the panel does."""

from __future__ import annotations

import numpy as np
from icac.correct import Patch, add_missed, split_lesion, trim_bone
from icac.geometry.box import whole_box
from icac.review import Origin, ReviewSession
from icac.review.masks import patch_between


def _leak_into_bone(session: ReviewSession, bone: tuple[slice, slice, slice]) -> None:
    """Let lesion 1 reach two voxels deep into the bone beside it."""
    z, y, x = bone
    mask = session.mask
    mask[z, y, x.start:x.start + 2] = True
    session.apply(patch_between(session.mask, mask, whole_box(mask.shape)), "brush")


def test_trim(any_scan):
    session = any_scan.session()
    _leak_into_bone(session, any_scan.bone)
    leaked = session.lesion(1)
    assert leaked.measured.voxels == (5 + 2) * 4 * 3
    patch = trim_bone(session.ct, leaked.part, 1.0, session.probability, session.courses)
    action = session.apply(patch, "trim", 1)
    assert list(action.changes) == [1]
    assert session.lesion(1).measured.voxels == leaked.measured.voxels - patch.changed < leaked.measured.voxels
    assert session.lesion(1).measured.max_hu < leaked.measured.max_hu
    session.undo()
    assert session.lesion(1) is leaked


def test_add_missed(any_scan):
    session = any_scan.session()
    (suggestion,) = session.suggestions(0.1)
    patch = add_missed(session.ct, session.mask, suggestion.measured.center_lps_mm, 6.0)
    session.apply(patch, "add")
    added = session.lesions[-1]
    assert (added.origin, added.part.box) == (Origin.ADDED, suggestion.part.box)
    assert session.suggestions(0.1) == []


def test_split(any_scan):
    session = any_scan.session()
    box, labels = split_lesion(session.ct, session.labels, 1, 3)
    action = session.split(1, labels, box)
    assert sorted(action.changes) == [1, 4, 5]
    assert sum(session.lesion(key).measured.voxels for key in action.changes) == 5 * 4 * 3
    assert np.array_equal(session.mask, any_scan.predicted)


def test_remove(any_scan):
    session = any_scan.session()
    box = any_scan.boxes[2]
    lesion = session.labels[box] == 2
    session.apply(Patch(box, lesion, np.zeros_like(lesion)), "remove", 2)
    assert [lesion.key for lesion in session.lesions] == [1, 3]
    assert not session.mask[any_scan.boxes[2]].any()
