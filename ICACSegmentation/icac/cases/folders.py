"""Going through the folders in which cases may lie."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from icac.files import is_hidden

#: What a worklist calls its record and the folder of its cases.
WORKLIST_RECORD, WORKLIST_CASES = "worklist.json", "cases"

#: End of the name of folders with copies of masks for training.
TRAINING_MASKS = "_icac_training_masks"


class Folder(NamedTuple):
    """A folder, the names of its files and those of its folders, sorted; hidden ones are left out."""

    path: Path
    files: list[str]
    folders: list[str]


def is_of_worklist(folder: Path) -> bool:
    """Tell whether a folder is a worklist's own, or one of copies for training: its masks belong to scans elsewhere."""
    return folder.name.endswith(TRAINING_MASKS) or (
        (folder / WORKLIST_RECORD).is_file() and (folder / WORKLIST_CASES).is_dir())


def walk_folders(root: Path, *, links: bool = True, skip: Path | None = None,
                 enter: Callable[[Folder], bool] | None = None) -> Iterator[Folder]:
    """Go through a folder and all below it in the order of their names; folders of worklists hold no cases.

    Parameters
    ----------
    root : Path
    links : bool
        Follow links to folders, each folder once.
    skip : Path, optional
        A folder that is left out.
    enter : callable, optional
        Tells whether to go on below a folder; always, if omitted.

    """
    waiting, seen = [root], set()
    while waiting:
        path = waiting.pop()
        real = os.path.realpath(path)
        if real in seen:
            continue
        seen.add(real)
        folder = _read(path, links)
        if is_of_worklist(path):
            continue
        yield folder
        if enter is None or enter(folder):
            waiting += [path / name for name in reversed(folder.folders) if path / name != skip]


def _read(path: Path, links: bool) -> Folder:
    """Read the names in a folder; none if it may not be read."""
    try:
        with os.scandir(path) as entries:
            visible = [(entry.name, entry.is_dir(), entry.is_symlink()) for entry in entries
                       if not is_hidden(entry.name)]
    except OSError:
        return Folder(path, [], [])
    return Folder(path, sorted(name for name, is_dir, _ in visible if not is_dir),
                  sorted(name for name, is_dir, is_link in visible if is_dir and (links or not is_link)))
