"""How the cases of a list are read: with the model in sight or not, by how many readers, and with which fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from icac.cases.folders import WORKLIST_CASES
from icac.errors import InputError
from icac.files import RevisedFile
from icac.files.lock import locked
from icac.worklist.records.fields import CaseField, parse_field
from icac.worklist.records.folder import READERS

#: In the folder of a worklist.
NAME = "reading.json"

#: So long it is waited for another program that changes the design or moves records.
PATIENCE_S = 30.0

#: More readers a case than this are a typing error.
MOST_READS = 100


@dataclass(frozen=True)
class Design:
    """How the cases of a list are read.

    Attributes
    ----------
    blind_to_model : bool
        Nobody sees the model's result, nor regions that came with the list, before the reading of a case is done.
    reads : int
        So many readers each case needs; 0 if every reader reads all of them.
    fields : tuple of CaseField
        What is asked of every case beside the visual scores and the columns of the table.
    every_series : bool
        Every axial series of a study is a case, not only the one that the rule chooses.

    """

    blind_to_model: bool = False
    reads: int = 0
    fields: tuple[CaseField, ...] = ()
    every_series: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.reads <= MOST_READS:
            raise InputError(f"A case is read by 1 to {MOST_READS} readers, or by all (0), not by {self.reads}.")

    def record(self) -> dict[str, Any]:
        """Return the design as JSON-ready values."""
        return {"format": 1, "blind_to_model": self.blind_to_model, "reads": self.reads,
                "fields": [one.declaration for one in self.fields], "every_series": self.every_series}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Design:
        """Return the design of a record; raises ValueError, TypeError or KeyError if it is none."""
        if type(record["blind_to_model"]) is not bool or type(record["reads"]) is not int:
            raise TypeError(record)
        every = record.get("every_series", True)  # as in lists of before one could choose
        if type(every) is not bool:
            raise TypeError(record)
        return cls(record["blind_to_model"], record["reads"], declared_fields(record["fields"]), every)


def declared_fields(texts: Iterable[str]) -> tuple[CaseField, ...]:
    """Return the fields that texts such as ``quality:good|poor`` declare; raises InputError if one declares none."""
    fields = []
    for text in texts:
        one = parse_field(text) if isinstance(text, str) else None
        if one is None:
            raise InputError(f"'{text}' declares no field; write it as in quality:good|poor or stent:yes/no.")
        fields.append(one)
    return tuple(fields)


def read_design(folder: Path) -> Design:
    """Return how the cases of a worklist are read; the usual way where nobody said.

    A list on which somebody worked before one could choose has every series of a study.

    Raises
    ------
    InputError
        The record and the copy beside it are damaged, or of another version.

    """
    loaded = RevisedFile(folder / NAME).peek()
    if loaded is None:
        return Design(every_series=any((folder / name).is_dir() for name in (READERS, WORKLIST_CASES)))
    try:
        return Design.from_record(loaded.content)
    except (ValueError, TypeError, KeyError, AttributeError, InputError) as error:
        raise InputError(f"{folder / NAME} was written by another version of this software; open the worklist with "
                         "that version, or set it up again.") from error


def change_design(folder: Path, **changed: Any) -> Design:
    """Change what is given of a design, on the disk; return it. Two programs at once change one after the other.

    Where nothing is given, the design is only kept as it is from now on.
    """
    if not changed and (folder / NAME).is_file():
        return read_design(folder)
    with locked(folder, PATIENCE_S):
        design = Design(**{**vars(read_design(folder)), **changed})
        RevisedFile(folder / NAME).save(design.record())
        return design
