"""Going through a folder and all below it: hidden names are left out, links are followed only where that is asked for.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from icac.files.hidden import is_hidden


class Visited(NamedTuple):
    """A folder, and what was seen in it; names are sorted, hidden ones left out."""

    path: Path
    files: list[str]
    links: list[str]
    """Names of links to folders that lie elsewhere, where those are not followed."""
    error: OSError | None = None
    """Why nothing was seen: the folder may not be read."""


def walk(root: Path, follow: bool = False) -> Iterator[Visited]:
    """Yield a folder and all below it, in the order of their names.

    Parameters
    ----------
    root : Path
    follow : bool
        Enter links to folders, too: each folder once, and none in which ``root`` itself lies.

    """
    home = Path(os.path.realpath(root))
    waiting, entered = [root], {home}
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                seen = sorted((entry.name, entry.is_dir(), entry.is_symlink()) for entry in entries
                              if not is_hidden(entry.name))
        except OSError as error:
            yield Visited(folder, [], [], error)
            continue
        links = [name for name, is_dir, is_link in seen if is_dir and is_link and _leads_away(folder / name, home)]
        yield Visited(folder, [name for name, is_dir, _ in seen if not is_dir], [] if follow else links)
        below = [name for name, is_dir, is_link in seen if is_dir and (not is_link or (follow and name in links))]
        waiting += reversed([folder / name for name in below if _is_new(folder / name, entered)])


def _is_new(folder: Path, entered: set[Path]) -> bool:
    """Tell whether a folder was not entered by any name before, and note that it is."""
    real = Path(os.path.realpath(folder))
    is_new = real not in entered
    entered.add(real)
    return is_new


def _leads_away(link: Path, home: Path) -> bool:
    """Tell whether a link leads to a folder that is not found without it, and in which this one does not lie."""
    target = Path(os.path.realpath(link))
    return not target.is_relative_to(home) and not home.is_relative_to(target)
