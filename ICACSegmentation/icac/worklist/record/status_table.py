"""What was done with each case, as a CSV file."""

from __future__ import annotations

from pathlib import Path

from icac.files import write_csv
from icac.worklist.worklist import Worklist

COLUMNS = ("case", "status", "annotator", "seconds", "last_change", "comment", "image", "roi", "result", "mask",
           "patient")


def write_status_table(worklist: Worklist, path: str | Path) -> Path:
    """Write one row a case; ``last_change`` is in UTC. Raises OutputError if it cannot be written."""
    return write_csv(path, COLUMNS, (_row(worklist, case.name) for case in worklist.cases))


def _row(worklist: Worklist, name: str) -> dict[str, object]:
    case, state = worklist.case(name), worklist.state(name)
    last = state.changes[-1].when if state.changes else ""
    values = (name, state.status.value, state.annotator, round(state.total_seconds, 1), last, state.comment, case.image,
              case.roi, case.result, worklist.mask_path(name), case.patient)
    return dict(zip(COLUMNS, values, strict=True))
