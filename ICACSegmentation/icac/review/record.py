"""The record of a review: what was predicted, what it became, and every step between, with who and when.

Its form is fixed by ``review.schema.json`` beside this file. A session can be restored from it, with all its steps of
undo; measurements are not read from it but made again on the scan.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

import icac
from icac.anatomy import Course, Side
from icac.calcium import CALCIUM_HU
from icac.correct.block import Part
from icac.errors import InputError
from icac.files import read_json
from icac.geometry import Frame, Volume, three
from icac.report.record import write_record
from icac.report.tables import lesion_row
from icac.review import suggest, suspicion
from icac.review.history import Action
from icac.review.lesion import Draft, ReviewedLesion
from icac.review.runs import from_runs, to_runs
from icac.review.state import ReviewState
from icac.review.status import Origin, Status
from icac.review.totals import COUNTED, Amount, ReviewTotals, Total

State = TypeVar("State", bound=ReviewState)

#: Version of the form of the record; the first number changes when readers must.
FORMAT = "1.0"

#: The JSON schema of the record.
SCHEMA_PATH = Path(__file__).with_name("review.schema.json")

#: Words for what the record holds.
DEFINITIONS = {**{f"totals_{name}": text for name, text in COUNTED.items()}, "suspicion": suspicion.DEFINITION,
               "suggested": suggest.DEFINITION,
               "shapes": "Voxels of lesions: a box, and the lengths of the runs of voxels outside, inside, outside, "
                         "... the lesion, in the order z, y, x (x fastest). Lesions and actions refer to them by their "
                         "place in the list, from 0."}

#: Largest distance in mm between the voxels of the record and of the scan.
_TOLERANCE_MM = 0.02


class _Shapes:
    """Collects the voxels of lesions, each once."""

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []
        self._places: dict[int, int] = {}

    def place(self, part: Part) -> int:
        """Return where a part is in ``records``."""
        if id(part) not in self._places:
            self._places[id(part)] = len(self.records)
            self.records.append(to_runs(part))
        return self._places[id(part)]


def build_record(session: ReviewState) -> dict[str, Any]:
    """Return the record of a review as JSON-ready values."""
    shapes = _Shapes()
    predicted = [{"key": le.key, "shape": shapes.place(le.part), "measured": lesion_row(le.measured)}
                 for le in session.predicted.values()]
    corrected = [{"shape": shapes.place(le.part), **lesion_record(session, le)} for le in session.lesions]
    actions = [_action_record(action, shapes) for action in session.history]
    undone = [_action_record(action, shapes) for action in session.undone]
    frame = session.ct.frame
    return {
        "format": FORMAT,
        "saved": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "software": {"icac": icac.__version__},
        "scan": {"size_xyz": list(frame.size), "index_to_lps_mm": frame.affine.tolist()},
        "settings": {"probability_threshold": session.threshold, "calcium_threshold_hu": CALCIUM_HU},
        "reviewer": session.reviewer,
        "predicted": {"totals": total_record(Total.of([le.measured for le in session.predicted.values()])),
                      "lesions": predicted},
        "corrected": {"totals": totals_record(session.totals), "lesions": corrected},
        "actions": actions,
        "undone": undone,
        "shapes": shapes.records,
        "definitions": DEFINITIONS,
    }


def lesion_record(session: ReviewState, lesion: ReviewedLesion) -> dict[str, Any]:
    """Return one lesion under review as JSON-ready values, with who changed it last and when."""
    latest = next((action for action in reversed(session.history) if lesion.key in action.changes), None)
    return {"key": lesion.key, "origin": lesion.origin.value, "status": lesion.status.value,
            "counted": lesion.stands, "comment": lesion.comment, "suspicion": round(lesion.suspicion, 4),
            "by": latest.by if latest else None, "at": _time(latest.at) if latest else None,
            "measured": lesion_row(lesion.measured)}


def totals_record(totals: ReviewTotals) -> dict[str, Any]:
    """Return the totals of a review as JSON-ready values."""
    return {"accepted": total_record(totals.accepted), "standing": total_record(totals.standing),
            "lesions_by_status": {status.value: count for status, count in totals.counts.items()}}


def total_record(total: Total) -> dict[str, Any]:
    """Return a total, and each side, as JSON-ready values."""
    return {**_amount_record(total.both), **{side.value: _amount_record(total.by_side[side]) for side in Side}}


def action_summary(action: Action) -> dict[str, Any]:
    """Return what was done, by whom and when, without voxels."""
    return {"kind": action.kind, "key": action.key, "text": action.text, "by": action.by, "at": _time(action.at)}


def _amount_record(amount: Amount) -> dict[str, Any]:
    return {"lesions": amount.lesions, "volume_mm3": round(amount.volume_mm3, 4),
            "agatston_score": round(amount.agatston, 4),
            "volume_by_segment_mm3": {s.name: round(v, 4) for s, v in amount.volume_by_segment_mm3.items()}}


def _action_record(action: Action, shapes: _Shapes) -> dict[str, Any]:
    changes = []
    for key, change in action.changes.items():
        draft = change.after.draft if change.after else None
        changes.append({"key": key, "shape": None} if draft is None else {
            "key": key, "shape": shapes.place(draft.part), "origin": draft.origin.value, "status": draft.status.value,
            "comment": draft.comment})
    return {**action_summary(action), "changes": changes}


def _time(at: datetime) -> str:
    return at.astimezone(timezone.utc).isoformat(timespec="seconds")


def restore_session(kind: Callable[..., State], record: Mapping[str, Any], ct: Volume, probability: np.ndarray | None,
                    courses: Mapping[Side, Course], **options: Any) -> State:
    """Return the session that a record was made of; see :meth:`icac.review.ReviewSession.restore`."""
    try:
        if not str(record["format"]).startswith("1."):
            raise InputError(f"This review was saved by a newer version of the program (form {record['format']}); "
                             "update the program.")
        _check_frame(record["scan"], ct.frame)
        parts = [from_runs(shape, ct.frame.shape) for shape in record["shapes"]]
        predicted = {int(lesion["key"]): parts[lesion["shape"]] for lesion in record["predicted"]["lesions"]}
        session = kind(ct, predicted, probability, courses, threshold=record["settings"]["probability_threshold"],
                       **{"reviewer": record["reviewer"], **options})
        _replay(session, [*record["actions"], *reversed(record["undone"])], parts)
        for _ in record["undone"]:
            session.undo()
        return session
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise InputError("This record of a review is damaged or incomplete; use a copy of it, or begin the review "
                         "again.") from error


def read_record(path: str | Path) -> dict[str, Any]:
    """Read a record from a file.

    Raises
    ------
    InputError
        There is no such file, or it holds no JSON object.

    """
    record = read_json(path)
    if not isinstance(record, dict):
        raise InputError(f"{path} is not the record of a review; choose the review.json that was saved.")
    return record


def save_record(record: Mapping[str, Any], path: Path) -> Path:
    """Write a record in one step; return the path. Raises OutputError if it cannot be written."""
    return write_record(record, path)


def _check_frame(scan: Mapping[str, Any], frame: Frame) -> None:
    saved = Frame(np.array(scan["index_to_lps_mm"], dtype=float), three(int(n) for n in scan["size_xyz"]))
    if not saved.matches(frame, _TOLERANCE_MM):
        raise InputError(f"This review is of another scan ({' x '.join(map(str, saved.size))} voxels instead of "
                         f"{' x '.join(map(str, frame.size))}, or in another place); load the scan it was made on.")


def _replay(session: ReviewState, actions: Sequence[Mapping[str, Any]], parts: Sequence[Part]) -> None:
    for action in actions:
        drafts = {}
        for change in action["changes"]:
            gone = change["shape"] is None
            drafts[int(change["key"])] = None if gone else Draft(
                parts[change["shape"]], Origin(change["origin"]), Status(change["status"]), str(change["comment"]))
        key = None if action["key"] is None else int(action["key"])
        session.do(str(action["kind"]), key, str(action["by"]), datetime.fromisoformat(action["at"]), drafts)
