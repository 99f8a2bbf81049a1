"""The report of a scan that a person reads without the model: where the arteries lie, and nothing of what was found.

It has the form of every report, so that a reading is measured, reviewed and exported as a result is.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from icac import __version__
from icac.anatomy import SEGMENTS, Side
from icac.registration import Registration
from icac.report.report import Report

#: How a scan can be read: without the model's result, or from the masks of other readers.
BLIND, ADJUDICATION = "blind", "adjudication"

#: What must be said wherever its figures are shown.
NOTICES = {BLIND: "Read by a person without the model's result. For research only.",
           ADJUDICATION: "Read by a person from the masks of several readers. For research only."}

#: What of the report of a result says nothing of what was found.
_KEPT = ("format", "software", "geometry", "image_quality", "registration", "courses", "definitions")


def reading_report(how: str, scan: str, basis: Report | Registration) -> Report:
    """Return the report of a reading that is about to begin.

    Parameters
    ----------
    how : {"blind", "adjudication"}
    scan : str
        What the scan is called.
    basis : Report or Registration
        Where the head lies: of a result of the scan, or found for this reading.

    Raises
    ------
    InputError
        The report is none.

    """
    record = _of_result(basis) if isinstance(basis, Report) else _of_registration(basis)
    return Report({**record, "reading": how, "notice": NOTICES[how],
                   "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
                   "input": {**record["input"], "path": scan},
                   "model": {"name": "none", "version": how, "checksum": ""},
                   "seconds": {}, "warnings": [], "totals": _nothing(), "lesions": [], "files": {}},
                  f"The reading of {scan}")


def _of_result(report: Report) -> dict[str, Any]:
    _ = report.courses  # a report without them is none
    kept = {key: report.record[key] for key in _KEPT if key in report.record}
    source = report.record.get("input", {})
    return {**kept, "input": dict(source) if isinstance(source, dict) else {},
            "settings": {"device": "none", "probability_threshold": report.threshold}}


def _of_registration(found: Registration) -> dict[str, Any]:
    return {"software": {"icac": __version__}, "input": {},
            "settings": {"device": "none", "probability_threshold": 0.5},
            "registration": {"reference_to_scan_lps_mm": found.reference_to_scan.tolist(),
                             "quality": float(found.quality), "warning": found.warning}}


def _nothing() -> dict[str, Any]:
    amount = {"volume_mm3": 0.0, "expected_volume_mm3": 0.0, "agatston_score": 0.0, "lesions": 0,
              "volume_by_segment_mm3": {segment.name: 0.0 for segment in SEGMENTS}}
    return {**amount, **{side.value: dict(amount) for side in Side}}
