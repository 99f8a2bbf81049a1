"""Where the records of each reader are kept: in a folder of his own, so that nobody's work can overwrite another's."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from icac.worklist.records.case import CaseState
from icac.worklist.records.folder import READERS, WorklistFolder, safe_name

#: In the folder of a worklist: the third reading of what its readers read.
ADJUDICATED = "adjudicated"


@dataclass(frozen=True)
class Reader:
    """A reader and what he did so far.

    Attributes
    ----------
    name : str
        As he entered it first.
    folder : WorklistFolder
    states : dict of str to CaseState
        By case; those that he did nothing with are not in it.

    """

    name: str
    folder: WorklistFolder
    states: dict[str, CaseState]

    def state(self, case: str) -> CaseState:
        """Return what was done with a case."""
        return self.states.get(case, CaseState())

    def mask_path(self, case: str) -> Path | None:
        """Return the mask of a case, None if there is none."""
        mask = self.state(case).mask
        return self.folder.case_folder(case) / mask if mask else None


def reader_folder(folder: Path, name: str) -> Path:
    """Return the folder of a reader; ``Anna`` and ``anna`` are one."""
    return folder / READERS / safe_name(unicodedata.normalize("NFC", name).casefold())


def list_readers(folder: Path, cases: Sequence[str]) -> list[Reader]:
    """Return all readers of a worklist, by name, with what they did of some cases.

    Raises
    ------
    InputError
        A record and the copy beside it are damaged.

    """
    places = sorted(place for place in (folder / READERS).glob("*") if place.is_dir())
    readers = [load_reader(place, cases) for place in places]
    return sorted((reader for reader in readers if reader.name), key=lambda reader: reader.name.casefold())


def load_adjudication(folder: Path, cases: Sequence[str]) -> Reader | None:
    """Return the third reading of a worklist, under a name of no reader; None if it was not begun."""
    place = folder / ADJUDICATED
    return replace(load_reader(place, cases), name=ADJUDICATED) if place.is_dir() else None


def load_reader(place: Path, cases: Sequence[str]) -> Reader:
    """Return the reader whose records are in a folder; without a name if there are none yet."""
    records = WorklistFolder(place, place, is_own=False)
    states = records.load(cases)[1]
    return Reader(records.reader, records, states)
