"""Tables that leave for R or pandas: one row a subject, one row a lesion, what columns mean, and what was not joined.

Nothing is dropped silently: subjects that only one side knows stay with empty cells, and they, second scans, copies of
scans and contradicting lines are listed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from icac.cohort.results.collect import Cohort, load_cohort
from icac.cohort.results.columns import meaning_of
from icac.cohort.results.copies import COLUMN
from icac.cohort.results.ranks import ranks
from icac.cohort.results.subjects import Keys, session_key
from icac.cohort.scans.scan_input import ScanInput
from icac.errors import InputError
from icac.files import read_csv, refuse_overwriting, write_csv
from icac.files.csv_table import CsvRow, CsvTable
from icac.files.file_set import write_file_set
from icac.norms.person import COLUMNS

#: Folder within that of the cohort, and the files in it.
FOLDER = "analysis"
SUBJECTS, LESIONS, DESCRIPTIONS, UNMATCHED = "subjects.csv", "lesions.csv", "columns.csv", "unmatched.csv"

#: What became of a subject.
MEASURED, FAILED, NO_SCAN = "measured", "failed", "no scan"

#: What is said of scans that are others once more.
COPIES = "scans with the same voxels as another"

_FIRST = ("subject", "session", "scan", "status", "scans", "volume_mm3")


@dataclass(frozen=True)
class SubjectTables:
    """What was written.

    Attributes
    ----------
    subjects, lesions : int
        Rows.
    statuses : dict of str to int
        Subjects that were measured, failed, or have no scan.
    unmatched : dict of str to int
        How many were not joined, by reason.
    files : dict of str to Path

    """

    subjects: int
    lesions: int
    statuses: dict[str, int]
    unmatched: dict[str, int]
    files: dict[str, Path]


@dataclass(frozen=True)
class _Joined:
    """A table of outcomes by (subject, session), its columns, and what of it could not be used."""

    rows: dict[tuple[str, str], Mapping[str, str]]
    columns: dict[str, str]
    left: list[dict[str, str]]
    strangers: dict[str, Mapping[str, str]]


def write_subject_tables(out: str | Path, join: str | Path | None = None, folder: str | Path | None = None
                         ) -> SubjectTables:
    """Write the tables of a cohort for analysis.

    Parameters
    ----------
    out : str or Path
        Folder of the cohort.
    join : str or Path, optional
        Table with the column subject, and session if at hand.
    folder : str or Path, optional
        ``analysis`` in the folder of the cohort if omitted.

    Raises
    ------
    InputError
        The table cannot be read or does not name subjects.
    OutputError
        The folder holds no cohort or cannot be written.

    """
    root, names = Path(out).absolute(), (SUBJECTS, LESIONS, DESCRIPTIONS, UNMATCHED)
    target = Path(folder).absolute() if folder else root / FOLDER
    refuse_overwriting((join,), (target / name for name in names))
    cohort = load_cohort(root)
    sources = [record["source"] for record in cohort.records] + [failure["scan"] for failure in cohort.failures]
    joined = _read(join, Keys(root, (source["subject"] for source in sources))) if join else _Joined({}, {}, [], {})
    rows, left = _subjects(root, cohort, joined)
    lesions = [{"subject": record["source"]["subject"], "session": record["source"]["session"],
                "scan": record["name"], **lesion, COLUMN: cohort.copies.get(record["name"], "")}
               for record in cohort.records for lesion in record["lesions"]]
    left = [*joined.left, *left]

    def write(temporary: Path) -> dict[str, Path]:
        return _write(temporary, rows, lesions, left, joined)

    files = write_file_set(target, write, names, SUBJECTS)
    return SubjectTables(len(rows), len(lesions), dict(Counter(row["status"] for row in rows)),
                         dict(Counter(one["reason"].split(":")[0] for one in left)), files)


def _write(folder: Path, rows: Sequence[Mapping[str, Any]], lesions: Sequence[Mapping[str, Any]],
           left: Sequence[Mapping[str, Any]], joined: _Joined) -> dict[str, Path]:
    columns = {"subjects": _columns(rows, [*_FIRST, *joined.columns.values()]),
               "lesions": _columns(lesions, ("subject", "session", "scan", "id"))}
    described = [{"table": f"{table}.csv", "column": name, "meaning": _meaning(name, table, joined)}
                 for table, names in columns.items() for name in names]
    return {"lesions": write_csv(folder / LESIONS, columns["lesions"], lesions),
            "columns": write_csv(folder / DESCRIPTIONS, ("table", "column", "meaning"), described),
            "unmatched": write_csv(folder / UNMATCHED, ("subject", "session", "line", "reason"), left),
            "subjects": write_csv(folder / SUBJECTS, columns["subjects"], rows)}


def _columns(rows: Sequence[Mapping[str, Any]], first: Sequence[str]) -> list[str]:
    return list(dict.fromkeys([*first, *(name for row in rows for name in row)]))


def _meaning(name: str, table: str, joined: _Joined) -> str:
    own = next((column for column, shown in joined.columns.items() if shown == name), None)
    return f"'{own}' of the joined table, as it is written there" if own else meaning_of(
        name, table) or "see the documentation of results"


def _subjects(root: Path, cohort: Cohort, joined: _Joined) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """Return one row a subject, and what is to be told of them."""
    scans = _scans_of(root, cohort)
    rows, left = [], []
    used: set[tuple[str, str]] = set()
    for subject, found in sorted(scans.items()):
        row = next((one for one in found if one["status"] == MEASURED), found[0])
        scans_of_subject = {one["scan"] for one in found}
        copies = [one for one in found if one[COLUMN]]
        left += [_left(subject, one["session"], "", f"{COPIES}: {one['scan']} is {one[COLUMN]}") for one in copies]
        others = [one["scan"] for one in found if one is not row and one not in copies]
        left += [_left(subject, row["session"], "", f"second scans of the subject: {', '.join(others)} are only in "
                                                    "scans.csv")] if others else []
        key = next((key for key in ((subject, row["session"]), (subject, "")) if key in joined.rows), None)
        used |= {key} if key else set()
        if joined.columns and key is None:
            left.append(_left(subject, row["session"], "", "subjects that the joined table does not have"))
        again = sum(one[COLUMN] in scans_of_subject for one in copies)
        rows.append({**row, "scans": len(found) - again, **(joined.rows[key] if key else {})})
    left += [_left(*key, "", "sessions that are no scan of a row") for key in joined.rows if key not in used]
    rows += [{"subject": subject, "session": "", "scan": "", "status": NO_SCAN, "scans": 0, **values}
             for subject, values in joined.strangers.items()]
    return rows, left


def _scans_of(root: Path, cohort: Cohort) -> dict[str, list[dict[str, Any]]]:
    """Return the scans of each subject, in the order of their sessions."""
    ranked = ranks(root, cohort.records)
    scans: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for record in cohort.records:
        decision = cohort.decisions.get(record["name"])
        scans[record["source"]["subject"]].append({
            **_who(record["source"]), "status": MEASURED, **record["row"], **ranked.get(record["name"], {}),
            COLUMN: cohort.copies.get(record["name"], ""),
            "review": decision.decision if decision else ""})
    for failure in cohort.failures:
        scans[failure["scan"]["subject"]].append({**_who(failure["scan"]), "status": FAILED, COLUMN: "",
                                                  "failure": failure["reason"]})
    return {subject: sorted(found, key=lambda one: one["session"]) for subject, found in scans.items()}


def _who(source: Mapping[str, str]) -> dict[str, Any]:
    name = ScanInput(source["path"], source["subject"], source["session"]).name
    return {"subject": source["subject"], "session": source["session"], "scan": name}


def _left(subject: str, session: str, line: str, reason: str) -> dict[str, str]:
    return {"subject": subject, "session": session, "line": line, "reason": reason}


def _read(path: str | Path, keys: Keys) -> _Joined:
    """Read the table that is joined."""
    table = read_csv(path)
    subject, session = _key_columns(table)
    columns = {name: _shown(name) for name in table.columns if name and name.lower() not in (subject, session)}
    found: dict[tuple[str, str], list[CsvRow]] = defaultdict(list)
    strangers: dict[str, list[CsvRow]] = defaultdict(list)
    left = []
    for row in table.rows:
        known = keys.subject(row.get(subject, ""))
        if known:
            found[known, session_key(row.get(session, ""))].append(row)
        elif row.get(subject, ""):
            strangers[row[subject]].append(row)
            hint = keys.hint(row[subject])
            left.append(_left(row[subject], row.get(session, ""), str(row.line),
                              "subjects that the cohort does not have" + (f": {hint}" if hint else "")))
        else:
            left.append(_left("", "", str(row.line), "lines without a subject"))
    rows: dict[tuple[str, str], Mapping[str, str]] = {}
    for key, lines in found.items():
        _keep(rows, key, lines, columns, left)
    return _Joined(rows, columns, left, {name: _values(lines[0], columns) for name, lines in strangers.items()})


def _keep(rows: dict[tuple[str, str], Mapping[str, str]], key: tuple[str, str], lines: list[CsvRow],
          columns: Mapping[str, str], left: list[dict[str, str]]) -> None:
    """Keep what the lines of a subject say; where they contradict each other, none of them is joined."""
    if all(dict(line) == dict(lines[0]) for line in lines):
        rows[key] = _values(lines[0], columns)
    if len(lines) > 1:
        where = ", ".join(str(line.line) for line in lines)
        reason = ("lines that say the same twice: one is joined" if key in rows else
                  "lines that contradict each other: none is joined")
        left.append(_left(*key, where, reason))


def _key_columns(table: CsvTable) -> tuple[str, str]:
    names = [name.lower() for name in table.columns]
    subject = next((word for word in COLUMNS["subject"] if word in names), "")
    if not subject:
        raise InputError(f"{table.path} has no column 'subject'; its first line names "
                         f"{', '.join(table.columns) or 'nothing'}.")
    return subject, next((word for word in COLUMNS["session"] if word in names), "session")


def _shown(name: str) -> str:
    """Return what a column of the joined table is called beside those of the cohort."""
    return f"{name}_joined" if meaning_of(name.lower()) or name.lower() in _FIRST else name


def _values(row: CsvRow, columns: Mapping[str, str]) -> dict[str, str]:
    return {shown: row.get(name.lower(), "") for name, shown in columns.items()}
