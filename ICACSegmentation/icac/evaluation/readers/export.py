"""A table of what every reader made of every case, to be read by R or pandas: one row a case and a reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from icac.anatomy import Course, Side
from icac.ct.masks import read_mask
from icac.evaluation.readers.readings import courses_of
from icac.files import write_csv
from icac.lesions.assign import assign_points
from icac.lesions.components import label_components
from icac.worklist import CaseField, WorklistCase, read_design
from icac.worklist.opening import listed_cases, worklist_folder
from icac.worklist.reader import Reader, list_readers, load_adjudication
from icac.worklist.records.fields import all_fields

#: Columns before the fields of the list.
COLUMNS = ("case", "patient", "reader", "status", "blind_to_model", "revealed", "seconds", "saved", "volume_mm3",
           "right_mm3", "left_mm3", "lesions", "comment")


def export_readings(source: str | Path, path: str | Path, folder: str | Path | None = None) -> int:
    """Write the table; return the number of its rows. A case that a reader did nothing with has no row of his.

    Raises
    ------
    InputError
        A record or a mask cannot be read.
    OutputError
        The table cannot be written.

    """
    found, root = listed_cases(source, folder), worklist_folder(source, folder)
    names = [case.name for case in found.cases]
    third = load_adjudication(root, names)
    readers = [*list_readers(root, names), *([third] if third else [])]
    fields = all_fields((*found.fields, *read_design(root).fields))
    rows = [_row(case, reader, fields, courses) for case in found.cases
            for courses in [courses_of(case)] for reader in readers if case.name in reader.states]
    write_csv(path, [*COLUMNS, *(one.name for one in fields)], rows)
    return len(rows)


def _row(case: WorklistCase, reader: Reader, fields: Sequence[CaseField],
         courses: Mapping[Side, Course] | None) -> dict[str, Any]:
    state, mask = reader.state(case.name), reader.mask_path(case.name)
    saved = next((change.when for change in reversed(state.changes) if change.what == "mask"), "")
    measured = _measured(mask, courses) if mask is not None and mask.is_file() else {}
    return {"case": case.name, "patient": case.patient, "reader": reader.name, "status": state.status.value,
            "blind_to_model": state.blind, "revealed": state.revealed, "seconds": round(state.total_seconds, 1),
            "saved": saved, "comment": state.comment, **measured,
            **{one.name: one.current(state.fields.get(one.name, "")) for one in fields}}


def _measured(mask: Path, courses: Mapping[Side, Course] | None) -> dict[str, Any]:
    """Return volume and lesions of a mask, and the volume of each side where the courses of the arteries are known."""
    read = read_mask(mask)
    voxel, index_zyx = read.frame.voxel_volume_mm3, np.argwhere(read.array)
    row: dict[str, Any] = {"volume_mm3": round(len(index_zyx) * voxel, 4),
                           "lesions": label_components(read.array)[1] if len(index_zyx) else 0}
    if courses and len(index_zyx):
        found = assign_points(read.frame.to_lps(index_zyx[:, ::-1]), courses)
        row |= {f"{side.value}_mm3": round(int((found.side_index == n).sum()) * voxel, 4)
                for n, side in enumerate(found.sides)}
    elif courses:
        row |= {f"{side.value}_mm3": 0.0 for side in courses}
    return row
