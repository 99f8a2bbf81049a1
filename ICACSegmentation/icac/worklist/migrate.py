"""Lists of before each reader had records of his own: every record goes to who worked on it last.

The folder of a case moves in one step, with its masks, its review and all its history, so that a move that was
stopped goes on the next time and nothing is ever there twice or not at all.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from pathlib import Path

from icac.cases.folders import WORKLIST_CASES, WORKLIST_RECORD
from icac.errors import InputError
from icac.files import RevisedFile
from icac.files.lock import locked
from icac.files.whole import put
from icac.worklist.reader import reader_folder
from icac.worklist.records.design import PATIENCE_S
from icac.worklist.records.folder import READERS
from icac.worklist.records.lock import LOCK_NAME, LockedError, read_holder


def migrate(folder: Path, annotator: str, take_over: bool = False) -> list[str]:
    """Give the records of a list with one set of records to its readers; return sentences on it.

    Parameters
    ----------
    folder : Path
        Of the worklist.
    annotator : str
        Who opens it; what nobody signed is his.
    take_over : bool
        Do so even if a program of before has the list open.

    Raises
    ------
    LockedError
        A program of before has the list open.
    InputError
        A record is damaged, and so is its copy.
    OutputError
        The folder cannot be written.

    """
    if not (folder / WORKLIST_CASES).is_dir():
        return []
    with locked(folder, PATIENCE_S):
        _refuse_open(folder, take_over)
        moved = Counter(_move(case, folder, annotator) for case in sorted((folder / WORKLIST_CASES).iterdir())
                        if case.is_dir())
        _move_list(folder, moved, annotator)
    kept = moved.pop("", 0)
    notes = [f"Each reader now has records of his own in {folder / READERS}: those of before went to "
             + ", ".join(f"{who} ({count})" for who, count in sorted(moved.items())) + "."] if moved else []
    return notes + ([f"{kept} records of before stay in {folder / WORKLIST_CASES}, as their readers have newer ones."]
                    if kept else [])


def _refuse_open(folder: Path, take_over: bool) -> None:
    holder = read_holder(folder / LOCK_NAME)
    if holder is not None and not holder.is_gone() and not take_over:
        raise LockedError(f"The worklist in {folder} is open by {holder} in an older version of this software; close "
                          "it there first, or take it over if that program is no longer in use.")
    with contextlib.suppress(OSError):
        (folder / LOCK_NAME).unlink(missing_ok=True)


def _move(case: Path, folder: Path, annotator: str) -> str:
    """Move one case; return whose it is, empty if it stays because the reader has a newer one."""
    owner = _owner(case) or annotator
    place = reader_folder(folder, owner)
    target = place / WORKLIST_CASES / case.name
    if target.exists():
        return ""
    _begin(place, owner, folder)
    put(case, target)
    return owner


def _owner(case: Path) -> str:
    """Return who worked on a case last; else who spent most time on it."""
    loaded = RevisedFile(case / "state.json").load()
    if loaded is None:
        return ""
    name, seconds = loaded.content.get("annotator"), loaded.content.get("seconds")
    if isinstance(name, str) and name.strip():
        return name.strip()
    spent = {who: time for who, time in seconds.items() if isinstance(time, int | float) and who.strip()} if isinstance(
        seconds, dict) else {}
    return max(spent, key=lambda who: spent[who]) if spent else ""


def _begin(place: Path, name: str, folder: Path) -> None:
    """Make the folder of a reader, if it is not there yet."""
    (place / WORKLIST_CASES).mkdir(parents=True, exist_ok=True)
    file = RevisedFile(place / WORKLIST_RECORD)
    if file.load() is None:
        file.save({"format": 2, "reader": name, "source": "", "current": None})


def _move_list(folder: Path, moved: Counter[str], annotator: str) -> None:
    """Give the open case and the blinded comparisons to their readers, and take the empty folder away."""
    try:
        record = RevisedFile(folder / WORKLIST_RECORD).load()
    except InputError:
        record = None  # it says nothing but which case was open
    owners = [owner for owner in moved if owner] or [annotator]
    content = record.content if record else {}
    for owner in owners if record else ():
        place = reader_folder(folder, owner)
        _begin(place, owner, folder)
        file = RevisedFile(place / WORKLIST_RECORD)
        known = file.load()
        if known is not None and known.content.get("current") is None:
            file.save({**known.content, **{key: content.get(key) for key in ("source", "current")}})
    for path in folder.glob("blinded-*.json"):
        _move_comparison(path, folder)
    with contextlib.suppress(OSError):  # what is not empty stays
        (folder / WORKLIST_CASES).rmdir()
    if not (folder / WORKLIST_CASES).is_dir():
        for path in folder.glob(f"{WORKLIST_RECORD}*"):
            path.unlink(missing_ok=True)


def _move_comparison(path: Path, folder: Path) -> None:
    """Give a blinded comparison to its reader; one that cannot be read stays."""
    with contextlib.suppress(InputError):
        loaded = RevisedFile(path).load()
        reader = loaded.content.get("reader") if loaded else None
        if isinstance(reader, str) and reader.strip():
            place = reader_folder(folder, reader)
            _begin(place, reader.strip(), folder)
            if not (place / path.name).exists():
                for file in path.parent.glob(f"{path.name}*"):
                    put(file, place / file.name)
