"""Age and sex of a person, and a table of them by subject."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from icac.errors import InputError
from icac.files import read_csv
from icac.files.csv_table import CsvRow, CsvTable

FEMALE, MALE = "female", "male"

#: How sexes are written. Numbers are not understood: 1 is male in some data sets and female in others.
_SEXES = {"f": FEMALE, "female": FEMALE, "woman": FEMALE, "w": FEMALE, "m": MALE, "male": MALE, "man": MALE}

#: Nobody is older, in years.
OLDEST = 120.0

#: Columns of a table of people, and the names under which each is understood (in upper or lower case).
COLUMNS = {"subject": ("subject", "subject_id", "participant_id", "patient", "patient_id", "id"),
           "session": ("session", "session_id"), "age": ("age", "age_years", "age_at_scan"),
           "sex": ("sex", "gender")}


@dataclass(frozen=True)
class Person:
    """Whom a scan shows.

    Attributes
    ----------
    age : float or None
        In years at the scan; None if not known.
    sex : str
        ``female``, ``male`` or empty if not known.

    """

    age: float | None = None
    sex: str = ""

    def with_known(self, other: Person) -> Person:
        """Return this person; what is not known of it is taken from ``other``."""
        return Person(other.age if self.age is None else self.age, self.sex or other.sex)


def parse_sex(text: str) -> str:
    """Return the sex that a text says, empty for none; raises InputError if it says something else."""
    word = text.strip().lower()
    if word in ("", "o", "other", "n/a", "na", "unknown"):
        return ""
    if word not in _SEXES:
        raise InputError(f"The sex is written F or M, not '{text}'.")
    return _SEXES[word]


def parse_age(text: str) -> float | None:
    """Return an age in years, None for none; raises InputError if it is none that a person can have."""
    if text.strip().lower() in ("", "n/a", "na", "unknown"):
        return None
    try:
        age = float(text.replace(",", "."))
    except ValueError:
        age = math.nan
    if not 0 <= age <= OLDEST:
        raise InputError(f"The age is a number of years from 0 to {OLDEST:g}, not '{text}'.")
    return age


def read_people(path: str | Path) -> dict[tuple[str, str], Person]:
    """Read a table of people: (subject, session) to person; the session is empty where the table has none.

    Raises
    ------
    InputError
        The table cannot be read, lacks the subject, or age and sex; an age or a sex is none; or a subject is there
        twice with different values.

    """
    table = read_csv(path)
    columns = _columns(table)
    people: dict[tuple[str, str], Person] = {}
    for row in table.rows:
        key, person = _person(row, columns, table.path)
        if people.setdefault(key, person) != person:
            raise InputError(f"{table.path}, line {row.line}: subject '{key[0]}' is there before with another age or "
                             "sex; give every subject, or every session, one line.")
    return people


def _columns(table: CsvTable) -> dict[str, str]:
    names = {name.lower() for name in table.columns}
    found = {meaning: next((word for word in words if word in names), "") for meaning, words in COLUMNS.items()}
    if not found["subject"] or not (found["age"] or found["sex"]):
        raise InputError(f"{table.path} needs the columns 'subject', 'age' and 'sex'; its first line names "
                         f"{', '.join(table.columns) or 'nothing'}.")
    return found


def _person(row: CsvRow, columns: dict[str, str], path: Path) -> tuple[tuple[str, str], Person]:
    values = {meaning: row.get(name, "") if name else "" for meaning, name in columns.items()}
    if not values["subject"]:
        raise InputError(f"{path}, line {row.line}: the column '{columns['subject']}' is empty; name the subject.")
    try:
        return (values["subject"], values["session"]), Person(parse_age(values["age"]), parse_sex(values["sex"]))
    except InputError as error:
        raise InputError(f"{path}, line {row.line}: {error}") from error
