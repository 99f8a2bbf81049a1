"""Marks of finished parts of a longer run (folds, rows of a study): what is done is kept when the run goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from icac.errors import InputError
from icac.files import load_json, write_json


def read_finished(path: Path, digest: str) -> dict[str, Any] | None:
    """Return the facts of a finished part, or None if it is not finished.

    Parameters
    ----------
    path : Path
        JSON file written by `write_finished`.
    digest : str
        Identity of settings and data.

    Raises
    ------
    InputError
        If the part was made with other settings or data, or the file is damaged.

    """
    if not path.is_file():
        return None
    try:
        record = load_json(path)
        found, facts = record["digest"], record["facts"]
    except (OSError, ValueError, OverflowError, KeyError, TypeError) as error:
        raise InputError(f"{path}: this record of a finished part is damaged; delete it to do the part again."
                         ) from error
    if found != digest:
        raise InputError(f"{path.parent}: this was made with other settings, another length or other data; use the "
                         "same ones or another output folder.")
    return facts


def write_finished(path: Path, digest: str, facts: dict[str, Any]) -> None:
    """Mark a part as finished; raises OutputError if that cannot be written."""
    write_json(path, {"digest": digest, "facts": facts}, indent=1)
