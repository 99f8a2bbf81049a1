from __future__ import annotations

import numpy as np
import pytest
from icac.anatomy import Segment, Side
from icac.correct import Patch
from icac.errors import InputError
from icac.lesions import find_lesions
from icac.review import Origin, ReviewSession, Status


def _remove(session: ReviewSession, key: int) -> Patch:
    box, mask = session.lesion(key).part
    return Patch(box, mask, np.zeros_like(mask))


def _state(session: ReviewSession) -> list[tuple]:
    return [(le.key, le.status, le.origin, le.comment, le.measured, le.part.mask.sum()) for le in session.lesions]


def test_lesions_are_those_of_the_segmentation(any_scan):
    session = any_scan.session()
    found = find_lesions(any_scan.predicted, any_scan.ct, any_scan.probability, any_scan.courses)
    assert [le.measured for le in session.lesions] == found.lesions
    assert np.array_equal(session.labels, found.labels)
    assert [le.measured.side for le in session.lesions] == [Side.LEFT, Side.RIGHT, Side.LEFT]
    assert session.lesion(1).measured.segment is Segment.C4


def test_labels_of_a_prediction_keep_their_numbers(scan):
    labels = scan.session().labels
    labels[labels == 3] = 7
    session = ReviewSession(scan.ct, labels, None, scan.courses)
    assert [le.key for le in session.lesions] == [1, 2, 7]
    assert np.isnan(session.lesion(7).measured.mean_probability)
    assert 0 <= session.lesion(7).suspicion <= 1
    assert session.suggestions(0.1) == []


def test_arrays_of_another_scan_are_refused(scan):
    with pytest.raises(InputError, match="load the result of this CT"):
        ReviewSession(scan.ct, np.zeros((3, 4, 5), bool), None, scan.courses)


def test_likely_false_positives_come_first(session):
    assert session.order()[0] == 1
    assert session.lesion(1).measured.bone_contact > 0.1
    assert session.order()[-1] == 2


def test_totals_follow_the_decisions(session):
    volumes = {le.key: le.measured.volume_mm3 for le in session.lesions}
    assert session.totals.accepted.both.volume_mm3 == 0
    assert session.totals.standing.both.volume_mm3 == pytest.approx(sum(volumes.values()))
    session.set_status(1, Status.REJECTED)
    session.set_status(2, Status.ACCEPTED)
    session.set_status(3, Status.FLAGGED)
    totals = session.totals
    assert totals.accepted.both.volume_mm3 == totals.accepted.by_side[Side.RIGHT].volume_mm3 == volumes[2]
    assert totals.standing.both.volume_mm3 == pytest.approx(volumes[2] + volumes[3])
    assert totals.standing.by_side[Side.LEFT].lesions == 1
    segments = totals.standing.both.volume_by_segment_mm3
    assert sum(segments.values()) == pytest.approx(volumes[2] + volumes[3])
    assert totals.counts == {Status.UNREVIEWED: 0, Status.ACCEPTED: 1, Status.REJECTED: 1, Status.FLAGGED: 1}


def test_rejected_lesions_leave_the_mask_and_the_prediction_stays(session, scan):
    action = session.set_status(1, "rejected")
    assert action.box == scan.boxes[1]
    assert not session.mask_in(action.box).any()
    assert np.array_equal(session.mask, scan.predicted & ~session.mask_of(Status.REJECTED))
    assert sum(lesion.part.mask.sum() for lesion in session.predicted.values()) == scan.predicted.sum()
    assert session.set_status(2, Status.ACCEPTED).box is None


def test_every_action_is_one_step(session):
    start = _state(session)
    steps = [start]
    for act in (lambda: session.set_status(1, Status.REJECTED), lambda: session.comment(2, "calcified wall"),
                lambda: session.apply(_remove(session, 3), "remove", 3), lambda: session.set_status(2, Status.FLAGGED)):
        act()
        steps.append(_state(session))
    assert session.undo_text == "Flag lesion 2"
    for expected in steps[-2::-1]:
        session.undo()
        assert _state(session) == expected
    assert not session.can_undo
    assert session.undo() is None
    assert session.redo_text == "Reject lesion 1"
    for expected in steps[1:]:
        session.redo()
        assert _state(session) == expected
    assert session.redo() is None


def test_a_new_action_ends_redo(session):
    session.set_status(1, Status.REJECTED)
    session.undo()
    session.comment(1, "petrous bone?")
    assert not session.can_redo
    assert [action.kind for action in session.history] == ["comment"]


def test_actions_say_who_and_when(session):
    session.set_status(1, Status.REJECTED)
    session.reviewer = "Reader Two"
    session.comment(1, "bone")
    assert [(a.by, a.at.isoformat()) for a in session.history] == [
        ("Reader One", "2024-03-01T09:00:00+00:00"), ("Reader Two", "2024-03-01T09:00:01+00:00")]


def test_unknown_lesions_are_named(session):
    session.apply(_remove(session, 3), "remove", 3)
    with pytest.raises(InputError, match="no lesion 3 in this review"):
        session.set_status(3, Status.ACCEPTED)


def test_suggestions_do_not_count_until_accepted(session, scan):
    volume = session.totals.standing.both.volume_mm3
    (suggestion,) = session.suggestions(0.1)
    assert suggestion.origin is Origin.SUGGESTED
    assert suggestion.part.box == scan.boxes["suggestion"]
    assert session.suggestions(0.3) == []
    assert session.suggestions(0.15)[0].key == suggestion.key
    assert len(session.lesions) == 3
    session.comment(suggestion.key, "faint")
    assert session.totals.standing.both.volume_mm3 == volume
    action = session.set_status(suggestion.key, Status.ACCEPTED)
    assert action.box == suggestion.part.box
    assert session.totals.standing.both.volume_mm3 == pytest.approx(volume + suggestion.measured.volume_mm3)
    assert session.mask[scan.boxes["suggestion"]].all()
    assert session.suggestions(0.1) == []
    session.undo()
    session.undo()
    assert [le.key for le in session.suggestions(0.1)] == [suggestion.key]


def test_suggestion_limits_are_probabilities(session):
    with pytest.raises(InputError, match="between 0 and 1"):
        session.suggestions(0.0)
