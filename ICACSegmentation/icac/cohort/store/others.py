"""Files that are none of a result but lie in its folder, such as masks that somebody corrected: they stay."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from pathlib import Path

from icac.cohort.scans.tree import RECORD
from icac.files.whole import flush_folder, put
from icac.result_files import DICOM


def has_others(folder: Path, scan: str, known: Collection[str]) -> bool:
    """Tell whether a folder holds files that are not of the result of a scan.

    Parameters
    ----------
    folder : Path
    scan : str
        Name of the scan, with which the names of all files of its results begin.
    known : collection of str
        Files of the result that is there, relative to the folder.

    """
    return any(not _is_ours(path.relative_to(folder), scan, known) for path in _files(folder))


def replace_beside_others(written: Path, folder: Path, scan: str, known: Collection[str]) -> None:
    """Let a result take the place of an earlier one, file by file, its record last; raises OSError.

    A run that is killed meanwhile leaves no record, so that the scan is computed again.
    """
    (folder / RECORD).unlink(missing_ok=True)
    for path in _files(folder):
        if _is_ours(path.relative_to(folder), scan, known):
            path.unlink()
    for path in sorted(_files(written), key=lambda path: path.name == RECORD):
        target = folder / path.relative_to(written)
        target.parent.mkdir(parents=True, exist_ok=True)
        put(path, target, durable=False)
    flush_folder(folder)
    shutil.rmtree(written, ignore_errors=True)


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()]


def _is_ours(path: Path, scan: str, known: Collection[str]) -> bool:
    own = path.name.startswith(f"{scan}_") and path.parent in (Path(), Path(DICOM))
    return own or path.as_posix() in (RECORD, *known)
