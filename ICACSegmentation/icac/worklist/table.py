"""Cases from a CSV file with named columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from icac.errors import InputError
from icac.worklist.case import WorklistCase
from icac.worklist.names import stem_of

#: Columns, and the names under which each is understood (in upper or lower case). Others are ignored.
COLUMNS: dict[str, tuple[str, ...]] = {
    "case": ("case", "name", "id", "scan_id"),
    "image": ("image", "ct", "scan", "dicom"),
    "roi": ("roi", "manual", "label", "mask", "truth"),
    "result": ("result", "results", "prediction", "pred"),
    "patient": ("patient", "patient_id", "subject", "participant_id"),
    "split": ("split",),
}

_SPLITS = {"": "", "train": "train", "training": "train", "val": "validation", "validation": "validation",
           "test": "test"}


def cases_of_table(path: str | Path) -> list[WorklistCase]:
    """Read a CSV file; paths in it are relative to its folder.

    ``image`` must be there. Without ``case``, a case is named after its image. Values may be separated by comma,
    semicolon or tab.

    Raises
    ------
    InputError
        The file is missing or no table, lacks the column ``image``, names a case twice, or names a file that does
        not exist.

    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path} cannot be read; give a CSV file with the column 'image' or a folder of cases."
                         ) from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not a text in UTF-8; save the table as 'CSV UTF-8'.") from error
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    try:
        columns = _columns(reader.fieldnames or [], path)
        cases = [_case(row, columns, path, reader.line_num) for row in reader if any(_texts(row))]
    except csv.Error as error:
        raise InputError(f"{path}, line {reader.line_num}: this is not a line of a CSV file ({error}); save the table "
                         "again.") from error
    if not cases:
        raise InputError(f"{path} names no case; add one line for each case below the names of the columns.")
    _check_names(cases, path)
    return cases


def _delimiter(text: str) -> str:
    """Return what separates the names in the first line; spreadsheets of some countries write semicolons."""
    first = text.split("\n", 1)[0]
    return max((",", ";", "\t"), key=first.count)


def _columns(names: list[str], path: Path) -> dict[str, str]:
    """Return which column of the file holds what."""
    found: dict[str, str] = {}
    for meaning, understood in COLUMNS.items():
        same = [name for name in names if name is not None and name.strip().lower() in understood]
        if len(same) > 1:
            raise InputError(f"{path} has the columns '{same[0]}' and '{same[1]}', which mean the same; leave one out.")
        if same:
            found[meaning] = same[0]
    if "image" not in found:
        there = ", ".join(name.strip() for name in names if name) or "nothing"
        raise InputError(f"{path} has no column 'image'; its first line must name it (there is: {there}).")
    return found


def _texts(row: Mapping[str | None, object]) -> list[str]:
    return [value.strip() for value in row.values() if isinstance(value, str)]


def _case(row: Mapping[str | None, object], columns: Mapping[str, str], path: Path, line: int) -> WorklistCase:
    place = f"{path}, line {line}"
    if None in row:
        raise InputError(f"{place}: there are more values than columns; put values that contain the separator in "
                         "quotation marks.")
    values = {meaning: (row[name] or "").strip() for meaning, name in columns.items()}
    if not values["image"]:
        raise InputError(f"{place}: the column '{columns['image']}' is empty; give the scan of the case.")
    files = {name: _file(values.get(name, ""), columns.get(name, ""), path, place)
             for name in ("image", "roi", "result")}
    split = _SPLITS.get(values.get("split", "").lower())
    if split is None:
        raise InputError(f"{place}: split '{values['split']}' is not one of train, validation, test; correct it or "
                         "leave it empty.")
    image, result = files["image"], files["result"]
    if result is not None and result.is_file():
        result = result.parent
    return WorklistCase(values.get("case") or stem_of(image.name), image, files["roi"], result,
                        values.get("patient", ""), split)


def _file(text: str, column: str, path: Path, place: str) -> Path | None:
    if not text:
        return None
    file = path.parent / text
    if not file.exists():
        raise InputError(f"{place}: {file} does not exist; correct the column '{column}'.")
    return file


def _check_names(cases: list[WorklistCase], path: Path) -> None:
    seen: dict[str, str] = {}
    for case in cases:
        other = seen.setdefault(case.name.casefold(), case.name)
        if other != case.name:
            raise InputError(f"{path} names the cases '{other}' and '{case.name}', which differ only in capital "
                             "letters; give every case a name of its own in the column 'case'.")
    names = [case.name for case in cases]
    twice = next((name for name in names if names.count(name) > 1), None) if len(seen) < len(names) else None
    if twice is not None:
        raise InputError(f"{path} names case '{twice}' more than once; give every case a name of its own in the "
                         "column 'case'.")
