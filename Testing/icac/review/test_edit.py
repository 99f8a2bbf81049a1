from __future__ import annotations

import numpy as np
import pytest
from icac.correct import Patch
from icac.errors import InputError
from icac.geometry.box import whole_box
from icac.lesions import find_lesions
from icac.review import Origin, ReviewSession, Status
from icac.review.masks import patch_between


def _edited(session: ReviewSession, box: tuple, value: bool, key: int | None = None, kind: str = "brush"):
    before = session.mask_in(box)
    return session.apply(Patch(box, before, np.full_like(before, value)), kind, key)


def _check_measures(session: ReviewSession, scan) -> None:
    """Components that stand are measured as if found anew."""
    found = find_lesions(session.mask, scan.ct, scan.probability, scan.courses)
    anew = {tuple(np.argwhere(found.labels == le.id)[0]): le for le in found.lesions}
    for lesion in session.lesions:
        if lesion.stands:
            first = tuple(np.argwhere(session.labels == lesion.key)[0])
            assert lesion.measured.volume_mm3 == pytest.approx(anew[first].volume_mm3)
            assert lesion.measured.bone_contact == pytest.approx(anew[first].bone_contact)
            assert lesion.measured.agatston == pytest.approx(anew[first].agatston)
            assert lesion.measured.side is anew[first].side


def test_trimming_keeps_key_and_status(any_scan):
    session = any_scan.session()
    session.set_status(1, Status.FLAGGED)
    z, y, x = any_scan.boxes[1]
    action = _edited(session, (z, y, slice(x.stop - 2, x.stop)), False, 1, "trim")
    assert list(action.changes) == [1]
    assert action.text == "Trim bone from lesion 1"
    lesion = session.lesion(1)
    assert (lesion.status, lesion.origin, lesion.measured.voxels) == (Status.FLAGGED, Origin.PREDICTED, 3 * 4 * 3)
    assert lesion.part.box == (z, y, slice(x.start, x.stop - 2))
    _check_measures(session, any_scan)
    assert session.predicted[1].measured.voxels == 5 * 4 * 3


def test_only_touched_lesions_are_measured(session, scan):
    before = {le.key: le for le in session.lesions}
    z, y, x = scan.boxes[1]
    _edited(session, (z, y, slice(x.stop - 1, x.stop)), False)
    assert session.lesion(2) is before[2]
    assert session.lesion(3) is before[3]
    assert session.lesion(1).measured != before[1].measured


def test_a_cut_through_a_lesion_makes_two(session, scan):
    session.set_status(1, Status.ACCEPTED)
    z, y, x = scan.boxes[1]
    _edited(session, (z, y, slice(x.start + 1, x.start + 2)), False)
    old, new = session.lesion(1), session.lesion(4)
    assert (old.measured.voxels, new.measured.voxels) == (3 * 12, 12)
    assert (new.origin, new.status) == (Origin.SPLIT, Status.ACCEPTED)
    _check_measures(session, scan)
    session.undo()
    assert session.lesion(1).measured.voxels == 60
    assert len(session.lesions) == 3


def test_cleared_lesions_vanish(session, scan):
    _edited(session, scan.boxes[3], False, 3, "remove")
    assert [le.key for le in session.lesions] == [1, 2]
    assert session.totals.standing.both.lesions == 2


def test_added_voxels_make_an_accepted_lesion(session, scan):
    box = (slice(3, 5), slice(8, 10), slice(10, 13))
    _edited(session, box, True, kind="add")
    lesion = session.lesion(4)
    assert (lesion.origin, lesion.status, lesion.part.box) == (Origin.ADDED, Status.ACCEPTED, box)
    assert session.totals.accepted.both.volume_mm3 == pytest.approx(12 * scan.ct.frame.voxel_volume_mm3)
    assert session.mask[box].all()


def test_added_voxels_join_the_lesion_they_touch(session, scan):
    z, y, x = scan.boxes[3]
    _edited(session, (z, y, slice(x.stop, x.stop + 2)), True)
    assert len(session.lesions) == 3
    assert session.lesion(3).measured.voxels == 2 * 2 * 4
    _check_measures(session, scan)


def test_added_voxels_join_at_a_corner_only(session, scan):
    z, y, x = (slice(s.stop, s.stop + 1) for s in scan.boxes[3])
    _edited(session, (z, y, x), True)
    assert session.lesion(3).measured.voxels == 9


def test_the_selected_lesion_gets_added_voxels_first(session, scan):
    z, y, x = scan.boxes[1]
    part = session.lesion(1).part
    session.split(1, part.mask * (1 + (np.arange(5) > 2)), part.box)
    small = session.lesion(4)
    assert small.measured.voxels == 24
    _edited(session, (slice(z.stop, z.stop + 1), y, x), True, 4, "add")
    assert session.lesion(4).measured.voxels == 24 + 20
    session.undo()
    _edited(session, (slice(z.stop, z.stop + 1), y, x), True)
    assert session.lesion(1).measured.voxels == 36 + 20


def test_drawing_over_a_rejected_lesion_takes_its_voxels(session, scan):
    session.set_status(3, Status.REJECTED)
    z, y, x = scan.boxes[3]
    _edited(session, (z, y, slice(x.start, x.start + 1)), True)
    assert session.lesion(3).measured.voxels == 4
    assert session.lesion(3).status is Status.REJECTED
    assert (session.lesion(4).origin, session.lesion(4).measured.voxels) == (Origin.ADDED, 4)
    _edited(session, (z, y, slice(x.start + 1, x.stop)), True)
    assert [le.key for le in session.lesions] == [1, 2, 4]
    assert session.lesion(4).measured.voxels == 8


def test_split_divides_without_changing_the_mask(any_scan):
    session = any_scan.session()
    mask, part = session.mask, session.lesion(1).part
    action = session.split(1, part.mask * (1 + (np.arange(5) > 2)), part.box)
    assert sorted(action.changes) == [1, 4]
    assert np.array_equal(session.mask, mask)
    assert [session.lesion(key).measured.voxels for key in (1, 4)] == [36, 24]
    assert session.lesion(1).measured.bone_contact == 0
    assert session.lesion(4).measured.bone_contact > 0
    assert np.unique(session.labels).tolist() == [0, 1, 2, 3, 4]


def test_split_of_another_lesion_is_refused(session):
    part = session.lesion(1).part
    with pytest.raises(InputError, match="split it again"):
        session.split(2, part.mask.astype(int), part.box)
    with pytest.raises(InputError, match="split it again"):
        session.split(1, part.mask[1:].astype(int), (slice(part.box[0].start + 1, part.box[0].stop), *part.box[1:]))
    assert session.split(1, part.mask.astype(int), part.box) is None
    assert not session.can_undo


def test_corrections_of_an_earlier_state_are_refused(session):
    part = session.lesion(1).part
    patch = Patch(part.box, part.mask, np.zeros_like(part.mask))
    session.apply(patch, "remove", 1)
    with pytest.raises(InputError, match="compute it again"):
        session.apply(patch, "remove")


def test_nothing_is_not_a_step(session):
    part = session.lesion(1).part
    assert session.apply(Patch(part.box, part.mask, part.mask), "trim", 1) is None
    assert session.apply(patch_between(part.mask, part.mask, part.box), "brush") is None
    assert not session.can_undo


def test_a_mask_that_was_painted_elsewhere(any_scan):
    session = any_scan.session()
    mask = session.mask
    z, y, x = any_scan.boxes[2]
    mask[z, y, x.start] = False
    mask[3, 8, 10:12] = True
    patch = patch_between(session.mask, mask, whole_box(mask.shape))
    assert patch.changed == 8 + 2
    action = session.apply(patch, "brush")
    assert np.array_equal(session.mask, mask)
    assert sorted(action.changes) == [2, 4]
    _check_measures(session, any_scan)
    within = (z, y, x)
    mask[within] = True
    assert patch_between(session.mask_in(within), mask[within], within).changed == 8


def test_suggestions_can_be_corrected(session, scan):
    (suggestion,) = session.suggestions(0.1)
    part = suggestion.part
    after = part.mask.copy()
    after[..., 0] = False
    session.apply(Patch(part.box, part.mask, after), "trim", suggestion.key)
    lesion = session.lesion(suggestion.key)
    assert (lesion.origin, lesion.stands, lesion.measured.voxels) == (Origin.SUGGESTED, False, 2)
    session.set_status(lesion.key, Status.ACCEPTED)
    assert np.count_nonzero(session.mask[scan.boxes["suggestion"]]) == 2
