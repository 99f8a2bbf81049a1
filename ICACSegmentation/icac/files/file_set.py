"""Files that belong together: they change in a folder only once all are complete, and the record comes last."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from pathlib import Path

from icac.files.lock import locked
from icac.files.whole import FILES, cannot_write, flush_file, flush_folder, put, sweep, temporary_folder

#: So long it is waited for another run that is writing into the same folder, which takes seconds.
PATIENCE_S = 30.0

#: A single unfinished file is left of a killed run if it is so old; a younger one may be being written.
_ABANDONED_S = 3600.0


def write_file_set(folder: str | Path, write: Callable[[Path], dict[str, Path]], names: Iterable[str],
                   record: str) -> dict[str, Path]:
    """Write files that belong together.

    They are written into a hidden folder within ``folder`` first. When all are complete, the old record is removed, the
    others are replaced, and the new record comes last, so that a stopped run never leaves a record of other files.
    Runs into one folder write one after the other, and remove what killed ones left unfinished.

    Parameters
    ----------
    folder : str or pathlib.Path
        Made if it does not exist. Other files in it are left alone.
    write : callable
        Writes everything into the folder it is given, or folders in it, and returns role to file, the record last.
    names : iterable of str
        Every name that files of this kind can have, with the folder within ``folder`` if they have one. Those that are
        not written again are removed, as they would contradict the new ones.
    record : str
        Name of the record.

    Returns
    -------
    dict of str to pathlib.Path
        Role to file.

    Raises
    ------
    OutputError
        The folder cannot be made or written, or another run keeps writing into it.

    """
    folder = Path(folder)
    made = not folder.exists()
    try:
        with locked(folder, PATIENCE_S):
            sweep(folder, FILES)
            sweep(folder, older_than_s=_ABANDONED_S)
            with temporary_folder(folder) as temporary:
                return _move_in(write(temporary), temporary, folder, names, record)
    except (OSError, RuntimeError) as error:  # SimpleITK raises RuntimeError
        raise cannot_write(folder, error) from error
    finally:
        _remove_if_empty(folder, made)


def _move_in(written: dict[str, Path], temporary: Path, folder: Path, names: Iterable[str], record: str
             ) -> dict[str, Path]:
    for path in written.values():
        flush_file(path)  # before anything old is removed: a full disk shows here
    moved = {role: folder / path.relative_to(temporary) for role, path in written.items()}
    parents = {path.parent for path in moved.values()}
    for parent in parents:
        parent.mkdir(exist_ok=True)
    (folder / record).unlink(missing_ok=True)
    for path in {folder / name for name in names} - set(moved.values()):
        _remove_old(path, folder)
    for role, path in written.items():  # the record is the last of them
        put(path, moved[role], durable=False)
    for parent in parents:
        flush_folder(parent)
    return moved


def _remove_old(path: Path, folder: Path) -> None:
    """Remove what an earlier run wrote, and the folder within ``folder`` that held it."""
    with contextlib.suppress(NotADirectoryError):  # a file of the user's is called like a folder of ours
        path.unlink(missing_ok=True)
    _remove_if_empty(path.parent, path.parent != folder)


def _remove_if_empty(folder: Path, made: bool) -> None:
    """Take back a folder that was made for nothing."""
    if made and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
