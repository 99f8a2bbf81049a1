"""What a corrected result says: its table, its segments, and the report that keeps prediction and correction apart."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from icac.anatomy import Side
from icac.report import Report
from icac.report.dicom.terminology import terminology_entry
from icac.report.picture.colors import ICAC_COLOR, SIDE_COLORS
from icac.report.record import definitions, forms_and_scores
from icac.report.segmentation_nrrd import NamedMask
from icac.report.software import software_versions
from icac.report.tables import COLUMNS
from icac.review.lesion import ReviewedLesion
from icac.review.masks import mask_of
from icac.review.record import DEFINITIONS, action_summary, lesion_record, totals_record
from icac.review.status import Status
from icac.scores import rules_in

if TYPE_CHECKING:
    from icac.review.session import ReviewSession

#: Version of the form of the report; the first number changes when readers must.
FORMAT = "1.1"

#: The JSON schema of the report.
SCHEMA_PATH = Path(__file__).with_name("corrected.schema.json")

#: Columns of ``lesions_corrected.csv``: those of ``lesions.csv``, then what was decided, by whom and when.
CORRECTED_COLUMNS = (*COLUMNS, "status", "origin", "suspicion", "comment", "reviewed_by", "reviewed_at")


def is_corrected(session: ReviewSession) -> bool:
    """Tell whether the segmentation differs from the prediction in any voxel."""
    now, before = session.mask_lesions, session.predicted.values()
    if sum(le.measured.voxels for le in now) != sum(le.measured.voxels for le in before):
        return True
    return any(not session.mask_in(le.part.box)[le.part.mask].all() for le in before)


def algorithm_type(session: ReviewSession) -> str:
    """Return how the segmentation was made, in DICOM's words: ``AUTOMATIC``, or ``SEMIAUTOMATIC`` after correction."""
    return "SEMIAUTOMATIC" if is_corrected(session) else "AUTOMATIC"


def corrected_rows(session: ReviewSession) -> list[dict[str, Any]]:
    """Return one row under :data:`CORRECTED_COLUMNS` for every lesion that stands.

    Rejected lesions are left out, so that a sum over the table is right; they are in the report. The id is the value in
    the corrected labelmap; predicted lesions keep theirs from ``lesions.csv``.
    """
    rows = []
    for lesion in session.mask_lesions:
        entry = lesion_record(session, lesion)
        rows.append({**entry["measured"], "status": entry["status"], "origin": entry["origin"],
                     "suspicion": entry["suspicion"], "comment": entry["comment"], "reviewed_by": entry["by"],
                     "reviewed_at": entry["at"]})
    return rows


def corrected_segments(session: ReviewSession, by_side: bool = False) -> list[NamedMask]:
    """Return the corrected segments of the scan: one, or one a side. A side without ICAC is an empty segment."""
    if not by_side:
        return [NamedMask("ICAC", "ICAC", ICAC_COLOR, terminology_entry(), session.mask)]
    return [NamedMask(f"ICAC_{side.value}", f"ICAC {side.value}", SIDE_COLORS[side], terminology_entry(side),
                      _side_mask(session, side)) for side in Side]


def _side_mask(session: ReviewSession, side: Side) -> np.ndarray:
    return mask_of([le for le in session.mask_lesions if le.measured.side is side], session.ct.frame.shape)


def corrected_report(session: ReviewSession, prediction: Report,
                     files: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the report of a corrected result as JSON-ready values.

    Parameters
    ----------
    session : ReviewSession
    prediction : Report
        Of the prediction; it is taken over unchanged.
    files : mapping of str to str, optional
        What is written beside the report: role to file name.

    Returns
    -------
    dict
        ``prediction`` holds what was predicted, ``corrected`` what became of it, ``review`` who did what and when.

    """
    lesions = session.lesions
    whole = forms_and_scores([le.measured for le in session.mask_lesions], rules_in(prediction.record))
    return {
        "format": FORMAT,
        "notice": prediction.notice,
        "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "software": software_versions(),
        "prediction": dict(prediction.record),
        "corrected": {
            "algorithm_type": algorithm_type(session),
            "totals": totals_record(session.totals),
            "lesions": [lesion_record(session, le) for le in lesions if le.stands],
            "rejected": [lesion_record(session, le) for le in lesions if le.status is Status.REJECTED],
            "morphometry": whole["morphometry"],
            "scores": whole["scores"],
        },
        "review": _review(session),
        "files": dict(files or {}),
        "definitions": {**definitions(), **{k: text for k, text in DEFINITIONS.items() if k != "shapes"}},
    }


def _review(session: ReviewSession) -> dict[str, Any]:
    steps = [action_summary(action) for action in session.history]
    return {
        "reviewers": list(dict.fromkeys(step["by"] for step in steps)),
        "begun": steps[0]["at"] if steps else None,
        "ended": steps[-1]["at"] if steps else None,
        "complete": not any(_is_open(lesion) for lesion in session.lesions),
        "actions": steps,
    }


def _is_open(lesion: ReviewedLesion) -> bool:
    return lesion.status in (Status.UNREVIEWED, Status.FLAGGED)
