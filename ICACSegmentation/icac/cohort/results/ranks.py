"""Where each scan of a cohort lies among norms, as columns of the table of scans.

Which norms are used is kept with the cohort, so that its tables say the same whenever they are written again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from icac.cohort.results.people import people_of
from icac.cohort.scans.tree import HIDDEN
from icac.errors import InputError
from icac.files import read_json, write_json
from icac.norms import Measured, Norms, Person, read_people

_KEPT = "norms_used.json"


def use_norms(root: Path, norms: str | Path | None, people: str | Path | None) -> None:
    """Remember which norms, and which table of people, the tables of a cohort use; nothing where none is given.

    Raises
    ------
    InputError
        The norms, or the table, cannot be read.
    OutputError
        The folder cannot be written.

    """
    if norms is None and people is None:
        return
    kept = _used(root)
    if norms is not None:
        Norms.load(norms)
        kept["norms"] = str(Path(norms).absolute())
    if people is not None:
        read_people(people)
        kept["people"] = str(Path(people).absolute())
    write_json(root / HIDDEN / _KEPT, kept, indent=1)


def _used(root: Path) -> dict[str, str]:
    kept = read_json(root / HIDDEN / _KEPT)
    return {str(key): str(value) for key, value in kept.items()} if isinstance(kept, dict) else {}


def ranks(root: Path, records: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the columns of each scan by its name; none where no norms are used.

    Raises
    ------
    InputError
        The norms or the table of people cannot be read any more.

    """
    used = _used(root)
    if not used.get("norms"):
        return {}
    norms = Norms.load(used["norms"])
    people = people_of(root, records, used.get("people") or None)
    return {record["name"]: _columns(norms, record["row"], people[record["name"]]) for record in records}


def _columns(norms: Norms, row: Mapping[str, Any], person: Person) -> dict[str, Any]:
    columns: dict[str, Any] = {"age": person.age, "sex": person.sex, "norm_percentile": None, "norm_low": None,
                               "norm_high": None, "norm_cohort": norms.name}
    try:
        found = norms.rank(float(row["volume_mm3"]), person, measured_by(row))
    except InputError as error:
        return {**columns, "norm_statement": str(error)}
    return {**columns, "norm_percentile": round(found.percentile, 2), "norm_low": round(found.low, 2),
            "norm_high": round(found.high, 2), "norm_statement": " ".join((found.statement, *found.notes))}


def measured_by(row: Mapping[str, Any]) -> Measured:
    """Return by what a scan of a cohort was measured, as its row tells."""
    return Measured.of(str(row.get("model", "")), str(row.get("model_version", "")),
                       str(row.get("model_checksum", "")), row)
