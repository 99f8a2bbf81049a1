"""Cases from a CSV file with named columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from icac.cases.file_names import stem_of
from icac.ct.read import is_there
from icac.errors import InputError
from icac.files import read_csv
from icac.files.csv_table import CsvRow, CsvTable
from icac.splits import SPLITS, read_split
from icac.worklist.records.case import FoundCases, WorklistCase
from icac.worklist.records.fields import CaseField, parse_field

#: Columns, and the names under which each is understood (in upper or lower case). Others are ignored but for those that
#: declare fields.
COLUMNS: dict[str, tuple[str, ...]] = {
    "case": ("case", "name", "id", "scan_id"),
    "image": ("image", "ct", "scan", "dicom"),
    "roi": ("roi", "manual", "label", "mask", "truth"),
    "result": ("result", "results", "prediction", "pred"),
    "patient": ("patient", "patient_id", "subject", "participant_id"),
    "split": ("split",),
}


def cases_of_table(path: str | Path) -> FoundCases:
    """Read a CSV file; paths in it are relative to its folder.

    ``image`` must be there. Without ``case``, a case is named after its image. Values may be separated by comma,
    semicolon or tab. Columns such as ``quality:good|poor`` declare fields (:mod:`icac.worklist.records.fields`).

    Raises
    ------
    InputError
        The file is missing or no table, lacks the column ``image``, names a case twice, or names a file that does
        not exist.

    """
    table = read_csv(path)
    path, columns = table.path, _columns(table.columns, table.path)
    fields, notes = _fields(table)
    cases = [_case(row, columns, fields, path) for row in table.rows]
    if not cases:
        raise InputError(f"{path} names no case; add one line for each case below the names of the columns.")
    _check_names(cases, path)
    return FoundCases(tuple(cases), tuple(notes), tuple(fields.values()))


def _fields(table: CsvTable) -> tuple[dict[str, CaseField], list[str]]:
    """Return the fields that columns declare, by the name of the column, and sentences on those that cannot."""
    fields: dict[str, CaseField] = {}
    notes = []
    for column in table.columns:
        try:
            one = parse_field(column)
        except InputError as error:
            notes.append(f"{table.path}: the column {error}")
            continue
        if one is not None and one.name.casefold() in {other.name.casefold() for other in fields.values()}:
            raise InputError(f"{table.path} declares the field '{one.name}' twice; leave one of the columns out.")
        if one is not None:
            fields[column.lower()] = one
    return fields, notes


def _presets(row: CsvRow, fields: Mapping[str, CaseField], place: str) -> dict[str, str]:
    """Return what a line says of the fields; raises InputError if a value is none that the field can have."""
    try:
        return {one.name: one.checked(row[column]) for column, one in fields.items() if row[column]}
    except InputError as error:
        raise InputError(f"{place}: {error} Correct it or leave it empty.") from error


def _columns(names: Sequence[str], path: Path) -> dict[str, str]:
    """Return which column of the file holds what."""
    found: dict[str, str] = {}
    for meaning, understood in COLUMNS.items():
        same = [name for name in names if name.lower() in understood]
        if len(same) > 1:
            raise InputError(f"{path} has the columns '{same[0]}' and '{same[1]}', which mean the same; leave one out.")
        if same:
            found[meaning] = same[0]
    if "image" not in found:
        there = ", ".join(name for name in names if name) or "nothing"
        raise InputError(f"{path} has no column 'image'; its first line must name it (there is: {there}).")
    return found


def _case(row: CsvRow, columns: Mapping[str, str], fields: Mapping[str, CaseField], path: Path) -> WorklistCase:
    place = f"{path}, line {row.line}"
    values = {meaning: row[name.lower()] for meaning, name in columns.items()}
    if not values["image"]:
        raise InputError(f"{place}: the column '{columns['image']}' is empty; give the scan of the case.")
    image = _existing(values["image"], columns["image"], path, place)
    roi, result = (_existing(values[name], columns[name], path, place) if values.get(name) else None
                   for name in ("roi", "result"))
    word = values.get("split", "")
    split = read_split(word) if word else ""
    if split is None:
        raise InputError(f"{place}: split '{word}' is not one of {', '.join(SPLITS)}; correct it or "
                         "leave it empty.")
    if result is not None and result.is_file():
        result = result.parent
    return WorklistCase(values.get("case") or stem_of(image.name), image, roi, result,
                        values.get("patient", ""), split, _presets(row, fields, place))


def _existing(text: str, column: str, path: Path, place: str) -> Path:
    file = path.parent / text
    if not is_there(file):
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
