"""Age and sex of the subjects of a cohort: of a table, and where it is silent of the headers of the scans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from icac.cohort.results.subjects import Keys, of_scan, session_key
from icac.cohort.scans.scan_input import ScanInput
from icac.ct.person import person_of
from icac.errors import InputError
from icac.norms import Person, read_people


def people_of(root: Path, records: Sequence[Mapping[str, Any]], table: str | Path | None = None) -> dict[str, Person]:
    """Return whom each scan shows, by the name of the scan.

    Parameters
    ----------
    root : Path
        Folder of the cohort.
    records : sequence of mapping
        Of the finished scans: ``source`` and ``row``.
    table : str or Path, optional
        With the columns subject, age, sex and, if at hand, session.

    Raises
    ------
    InputError
        The table cannot be read, or two of its subjects are one of the cohort with different values.

    """
    sources = [record["source"] for record in records]
    people = _of_table(root, sources, table) if table is not None else {}
    found = {}
    for source, record in zip(sources, records, strict=True):
        scan = ScanInput(source["path"], source["subject"], source["session"])
        person = of_scan(people, scan.subject, scan.session) or Person()
        complete = person.age is not None and person.sex
        series = record["row"].get("series_uid") or ""
        found[scan.name] = person if complete else person.with_known(person_of(source["path"], series))
    return found


def _of_table(root: Path, sources: Sequence[Mapping[str, str]], table: str | Path) -> dict[tuple[str, str], Person]:
    keys = Keys(root, (source["subject"] for source in sources))
    people: dict[tuple[str, str], Person] = {}
    for (subject, session), person in read_people(table).items():
        key = keys.subject(subject), session_key(session)
        if key[0] and people.setdefault(key, person) != person:
            raise InputError(f"{table} has subject '{key[0]}' of the cohort under two names, with different values; "
                             "leave one of them out.")
    return people
