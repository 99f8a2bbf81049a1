from __future__ import annotations

import copy
import json
from dataclasses import asdict

import jsonschema
import numpy as np
import pytest
from icac.correct import Patch
from icac.errors import InputError, OutputError
from icac.geometry import Volume
from icac.report.tables import lesion_row
from icac.review import ReviewSession, Status
from icac.review.record import read_record


@pytest.fixture
def validator(schemas) -> jsonschema.protocols.Validator:
    return schemas("review")


def _work(session: ReviewSession) -> None:
    """Do something of every kind; the last step is undone."""
    session.set_status(2, Status.ACCEPTED)
    session.comment(3, "C6? Ærø, \"quoted\"")
    part = session.lesion(1).part
    halves = part.mask * (1 + (np.arange(part.mask.shape[2]) > 1))
    session.split(1, halves, part.box)
    after = part.mask.copy()
    after[:, :, :3] = False
    session.apply(Patch(part.box, part.mask, after), "trim")
    session.set_status(session.suggestions(0.1)[0].key, Status.ACCEPTED)
    session.reviewer = "Reader Two"
    box = (slice(5, 6), slice(50, 52), slice(60, 63))
    session.apply(Patch(box, np.zeros((1, 2, 3), bool), np.ones((1, 2, 3), bool)), "add")
    session.apply(Patch(box, np.ones((1, 2, 3), bool), np.zeros((1, 2, 3), bool)), "brush")
    session.undo()


def _everything(session: ReviewSession) -> list:
    lesions = [(le.status, le.origin, le.comment, le.suspicion, lesion_row(le.measured)) for le in session.lesions]
    actions = [(a.kind, a.key, a.by, a.at) for a in (*session.history, *session.undone)]
    predicted = [(key, le.part.box, le.part.mask.tobytes()) for key, le in session.predicted.items()]
    return [lesions, actions, session.labels.tobytes(), predicted, asdict(session.totals)]


def test_a_review_comes_back_as_it_was(any_scan):
    session = any_scan.session()
    _work(session)
    record = json.loads(json.dumps(session.record()))
    restored = ReviewSession.restore(record, any_scan.ct, any_scan.probability, any_scan.courses)
    assert _everything(restored) == _everything(session)
    assert restored.reviewer == "Reader Two"
    assert {**restored.record(), "saved": ""} == {**record, "saved": ""}


def test_steps_can_be_undone_after_a_restart(session, scan):
    _work(session)
    restored = ReviewSession.restore(session.record(), scan.ct, scan.probability, scan.courses)
    restored.redo()
    session.redo()
    while session.can_undo:
        assert session.undo().text == restored.undo().text
        assert _everything(restored) == _everything(session)
    assert not restored.can_undo


def test_keys_are_not_given_again_after_a_restart(session, scan):
    _work(session)
    keys = {le.key for le in session.lesions}
    restored = ReviewSession.restore(session.record(), scan.ct, scan.probability, scan.courses)
    box = (slice(30, 31), slice(5, 6), slice(5, 6))
    action = restored.apply(Patch(box, np.zeros((1, 1, 1), bool), np.ones((1, 1, 1), bool)), "add")
    assert not keys & set(action.changes)


def test_records_follow_the_schema(any_scan, validator):
    session = any_scan.session()
    validator.validate(json.loads(json.dumps(session.record())))
    _work(session)
    validator.validate(json.loads(json.dumps(session.record())))
    without = ReviewSession(any_scan.ct, any_scan.predicted, None, any_scan.courses)
    without.set_status(1, Status.REJECTED)
    validator.validate(json.loads(json.dumps(without.record(), allow_nan=False)))


@pytest.mark.parametrize("path", [("predicted", "totals", "left"), ("corrected", "lesions", 0, "status"),
                                  ("actions", 0, "by"), ("actions", 0, "at"), ("shapes", 0, "runs")])
def test_the_schema_wants_every_key(session, validator, path):
    _work(session)
    inner = record = copy.deepcopy(session.record())
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(record)


def test_predicted_and_corrected_are_kept_apart(session):
    before = session.record()["predicted"]
    _work(session)
    record = session.record()
    assert record["predicted"] == before
    assert [lesion["key"] for lesion in record["predicted"]["lesions"]] == [1, 2, 3]
    by_key = {lesion["key"]: lesion for lesion in record["corrected"]["lesions"]}
    assert (by_key[2]["status"], by_key[2]["by"], by_key[2]["at"]) == (
        "accepted", "Reader One", "2024-03-01T09:00:00+00:00")
    assert by_key[2]["counted"]
    assert {action["by"] for action in record["actions"]} == {"Reader One", "Reader Two"}
    assert record["corrected"]["totals"]["accepted"]["right"]["volume_mm3"] > 0


def test_saved_in_one_step_and_read_again(session, scan, tmp_path):
    _work(session)
    path = session.save(tmp_path / "new" / "review.json")
    assert [file.name for file in path.parent.iterdir()] == ["review.json"]
    restored = ReviewSession.restore(read_record(path), scan.ct, scan.probability, scan.courses)
    assert _everything(restored) == _everything(session)


def test_unwritable_places_are_named(session, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        session.save(tmp_path / "file" / "review.json")


def test_records_of_another_scan_are_refused(session, scan):
    frame = scan.ct.frame.crop((0, 0, 1), scan.ct.frame.size)
    with pytest.raises(InputError, match="review is of another scan"):
        ReviewSession.restore(session.record(), Volume(scan.ct.array, frame), None, scan.courses)


@pytest.mark.parametrize("damage", [
    lambda r: r.pop("shapes"), lambda r: r["shapes"][0].update(runs=[3]), lambda r: r["shapes"].pop(),
    lambda r: r["actions"][0]["changes"][0].update(status="maybe"), lambda r: r["shapes"][0].update(start_zyx=[0, 0]),
    lambda r: r["shapes"][0].update(start_zyx=[900, 0, 0]), lambda r: r["actions"][0].update(at="soon"),
])
def test_damaged_records_are_refused(session, scan, damage):
    _work(session)
    record = json.loads(json.dumps(session.record()))
    damage(record)
    with pytest.raises(InputError, match="damaged or incomplete"):
        ReviewSession.restore(record, scan.ct, scan.probability, scan.courses)


def test_records_of_newer_versions_are_refused(session, scan):
    with pytest.raises(InputError, match="newer version"):
        ReviewSession.restore({**session.record(), "format": "2.0"}, scan.ct, None, scan.courses)


@pytest.mark.parametrize("text", ["", "[1, 2]", "{"])
def test_other_files_are_refused(tmp_path, text):
    (tmp_path / "review.json").write_text(text)
    with pytest.raises(InputError, match=r"not the record of a review"):
        read_record(tmp_path / "review.json")
