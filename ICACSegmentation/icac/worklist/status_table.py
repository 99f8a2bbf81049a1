"""What was done with each case, as a CSV file."""

from __future__ import annotations

import csv
import os
from pathlib import Path

from icac.errors import OutputError
from icac.worklist.worklist import Worklist

COLUMNS = ("case", "status", "annotator", "seconds", "last_change", "comment", "image", "roi", "result", "mask",
           "patient")


def write_status_table(worklist: Worklist, path: str | Path) -> Path:
    """Write one row a case; ``last_change`` is in UTC. Raises OutputError if it cannot be written."""
    path = Path(path)
    temporary = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(temporary, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            writer.writerows(_row(worklist, case.name) for case in worklist.cases)
        os.replace(temporary, path)
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror or error}); close it in other programs or choose "
                          "another folder.") from error
    return path


def _row(worklist: Worklist, name: str) -> list[object]:
    case, state = worklist.case(name), worklist.state(name)
    last = state.changes[-1].when if state.changes else ""
    return [name, state.status.value, state.annotator, round(state.total_seconds, 1), last, state.comment, case.image,
            case.roi or "", case.result or "", worklist.mask_path(name) or "", case.patient]
