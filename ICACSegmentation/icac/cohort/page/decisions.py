"""What readers decided on the page for review: a CSV file that the page saves and that is merged here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from icac.errors import InputError
from icac.files import read_csv, write_csv

#: File with all decisions in the folder of a cohort.
FILE = "decisions.csv"

ACCEPTED, FLAGGED, NONE = "accepted", "flagged", ""


@dataclass(frozen=True)
class Decision:
    """A decision on one scan.

    Attributes
    ----------
    scan : str
        Name of the scan.
    key : str
        Key of the result that was looked at; empty for a scan that failed.
    decision : str
        ``accepted``, ``flagged`` or empty.
    note, reviewer : str
    decided : str
        When, UTC, ISO 8601.

    """

    scan: str
    key: str
    decision: str
    note: str = ""
    reviewer: str = ""
    decided: str = ""


@dataclass(frozen=True)
class Merged:
    """What became of decisions that were read.

    Attributes
    ----------
    decisions : list of Decision
        All of the cohort, by scan.
    new : int
        Taken over, new or changed.
    outdated : list of str
        Scans whose result is another by now; their decisions are not taken over.
    unknown : list of str
        Scans that are not in the cohort.

    """

    decisions: list[Decision]
    new: int
    outdated: list[str]
    unknown: list[str]


COLUMNS = tuple(field.name for field in fields(Decision))


def read_decisions(path: str | Path) -> list[Decision]:
    """Read a CSV file of decisions.

    Raises
    ------
    InputError
        It is missing, damaged or no table of decisions.

    """
    table = read_csv(path)
    missing = [name for name in COLUMNS[:3] if name not in map(str.lower, table.columns)]
    if missing:
        raise InputError(f"{path} has no column '{missing[0]}'; give the CSV file that the page saved.")
    decisions = [Decision(**{name: row.get(name, "") for name in COLUMNS}) for row in table.rows]
    for row, one in zip(table.rows, decisions, strict=True):
        if one.decision not in (ACCEPTED, FLAGGED, NONE):
            raise InputError(f"{path}, line {row.line}: '{one.decision}' is no decision; it must be '{ACCEPTED}', "
                             f"'{FLAGGED}' or empty.")
    return decisions


def merge(keys: Mapping[str, str], before: Iterable[Decision], new: Iterable[Decision]) -> Merged:
    """Merge decisions; of two on the same scan the later one counts, and of two at the same time the second.

    Parameters
    ----------
    keys : mapping of str to str
        Name of each scan of the cohort to the key of its result, empty if it failed.
    before, new : iterable of Decision
        Those the cohort has, and those to take over.

    """
    kept = {one.scan: one for one in before if keys.get(one.scan) == one.key}
    taken, outdated, unknown = 0, [], []
    for one in new:
        if one.scan not in keys:
            unknown.append(one.scan)
        elif keys[one.scan] != one.key:
            outdated.append(one.scan)
        elif one != kept.get(one.scan) and (one.scan not in kept or one.decided >= kept[one.scan].decided):
            kept[one.scan] = one
            taken += 1
    ordered = [kept[name] for name in sorted(kept) if kept[name].decision or kept[name].note]
    return Merged(ordered, taken, outdated, unknown)


def write_decisions(path: Path, decisions: Iterable[Decision]) -> None:
    """Write decisions as CSV in one step."""
    write_csv(path, COLUMNS, map(asdict, decisions))
