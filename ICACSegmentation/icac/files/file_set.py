"""Files that belong together: they change in a folder only once all are complete, and the record comes last."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from icac.files.whole import cannot_write, flush_file, flush_folder, put, temporary_folder


def write_file_set(folder: str | Path, write: Callable[[Path], dict[str, Path]], names: Iterable[str],
                   record: str) -> dict[str, Path]:
    """Write files that belong together.

    They are written into a hidden folder within ``folder`` first. When all are complete, the old record is removed, the
    others are replaced, and the new record comes last, so that a stopped run never leaves a record of other files.

    Parameters
    ----------
    folder : str or pathlib.Path
        Made if it does not exist. Other files in it are left alone.
    write : callable
        Writes everything into the folder it is given and returns role to file, the record last.
    names : iterable of str
        Every name that files of this kind can have. Those that are not written again are removed, as they would
        contradict the new ones.
    record : str
        Name of the record.

    Returns
    -------
    dict of str to pathlib.Path
        Role to file.

    Raises
    ------
    OutputError
        The folder cannot be made or written.

    """
    folder = Path(folder)
    made = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with temporary_folder(folder) as temporary:
            return _move_in(write(temporary), folder, names, record)
    except (OSError, RuntimeError) as error:  # SimpleITK raises RuntimeError
        raise cannot_write(folder, error) from error
    finally:
        _remove_if_empty(folder, made)


def _move_in(written: dict[str, Path], folder: Path, names: Iterable[str], record: str) -> dict[str, Path]:
    for path in written.values():
        flush_file(path)  # before anything old is removed: a full disk shows here
    (folder / record).unlink(missing_ok=True)
    kept = {path.name for path in written.values()}
    for name in names:
        if name not in kept:
            (folder / name).unlink(missing_ok=True)
    moved = {}
    for role, path in written.items():  # the record is the last of them
        moved[role] = folder / path.name
        put(path, moved[role], durable=False)
    flush_folder(folder)
    return moved


def _remove_if_empty(folder: Path, made: bool) -> None:
    """Take back a folder that was made for nothing."""
    if made and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
