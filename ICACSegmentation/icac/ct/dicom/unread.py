"""Files that may be slices of a series but could not be read, which must never go unmentioned.

A copy that was cut short leaves files of no bytes, of zeros only, or cut within; a partly fetched archive leaves links
to nothing or short texts. None of them tells to which series it belongs, so their names must: a file counts as a lost
slice if it is named like the slices beside which it lies. Another one that could be an image, such as a damaged report
or an empty file in a folder of its own, stops nothing, but is named in a warning.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

#: Endings of files that were packed, and of those whose copy is not complete.
_FURTHER_ENDINGS = (".gz", ".bz2", ".xz", ".zst", ".zip", ".7z", ".part", ".partial", ".filepart", ".crdownload",
                    ".download", ".tmp")

#: So many files are named in a sentence.
_NAMED = 3


@dataclass(frozen=True)
class UnreadFile:
    """A file that was not read.

    Attributes
    ----------
    path : pathlib.Path
    reason : str
        What is wrong, to complete a sentence that begins with the file: "is empty".
    series_uid : str
        Series Instance UID, empty where the file does not tell.
    is_dicom : bool
        Whether it begins as a DICOM file.
    is_void : bool
        Whether nothing of it could be read, so that it may be anything; also a folder.

    """

    path: Path
    reason: str
    series_uid: str = ""
    is_dicom: bool = False
    is_void: bool = False


def may_belong(files: Iterable[UnreadFile], series: Iterable[Path], series_uid: str) -> list[UnreadFile]:
    """Return those of the files not read that may be slices of a series.

    Parameters
    ----------
    files : iterable of UnreadFile
    series : iterable of pathlib.Path
        The files of the series that were read.
    series_uid : str

    """
    series = list(series)
    names = {(path.parent, _form(path.name)) for path in series}
    paths = set(series)
    return [one for one in files if one.series_uid == series_uid
            or (not one.series_uid and (one.path.parent, _form(one.path.name)) in names and not _is_double(one, paths))]


def _is_double(one: UnreadFile, paths: set[Path]) -> bool:
    """Tell whether a file is a packed or unfinished copy of one that was read."""
    return one.path.with_name(_unpacked(one.path.name)) in paths


def bystanders(files: Iterable[UnreadFile], series: Iterable[Path], occupied: Container[Path]) -> list[UnreadFile]:
    """Return the files that tell no series and are not named like the slices of one, but may be an image of it.

    Parameters
    ----------
    files : iterable of UnreadFile
    series : iterable of pathlib.Path
        The files of the series that were read.
    occupied : container of pathlib.Path
        The folders in which files of any series were read.

    """
    slices = list(series)
    names = {(path.parent, _form(path.name)) for path in slices}
    near = _Likeness({path.parent for path in slices}, {_ending(path.name) for path in slices},
                     {form for _, form in names})
    return [one for one in files if not one.series_uid and (one.path.parent, _form(one.path.name)) not in names
            and (one.path.is_dir() or near.beside(one) or (one.path.parent not in occupied and near.elsewhere(one)))]


@dataclass(frozen=True)
class _Likeness:
    """What a file must have in common with the slices of a series to be taken for an image of it."""

    folders: set[Path]
    endings: set[str]
    forms: set[str]

    def beside(self, one: UnreadFile) -> bool:
        """Tell whether a file in a folder of the series may be one."""
        ending = _ending(one.path.name)
        return one.path.parent in self.folders and (one.is_dicom or (not ending and one.is_void)
                                                    or (bool(ending) and ending in self.endings))

    def elsewhere(self, one: UnreadFile) -> bool:
        """Tell whether a file in a folder of which nothing was read may be one."""
        return (one.is_void or one.is_dicom) and _form(one.path.name) in self.forms


def listed(files: Sequence[UnreadFile]) -> str:
    """Return files and what is wrong with them, as the beginning of a sentence."""
    if len(files) == 1:
        return f"{files[0].path.name} {files[0].reason}"
    more = ", ..." if len(files) > _NAMED else ""
    if len({one.reason for one in files}) == 1:
        names = ", ".join(one.path.name for one in files[:_NAMED])
        return f"each of {len(files)} files that may belong to it {files[0].reason} ({names}{more})"
    shown = ", ".join(f"{one.path.name} {one.reason}" for one in files[:_NAMED])
    return f"{len(files)} files that may belong to it could not be read ({shown}{more})"


def _form(name: str) -> str:
    """Return what names of slices have in common: all but the numbers, which may be of several parts (UIDs).

    A file that was packed, or whose copy broke off, has a further ending.
    """
    return re.sub(r"([0-9a-f]{8,}|\d+)(\.\d+)*", "#", _unpacked(name).lower())


def _unpacked(name: str) -> str:
    """Return the name that a file had before it was packed, or will have when its copy is complete."""
    return Path(name).stem if Path(name).suffix.lower() in _FURTHER_ENDINGS else name


def _ending(name: str) -> str:
    """Return the ending of a name in lower case, empty if it has none or a number only."""
    ending = Path(name).suffix.lower()
    return "" if ending[1:].isdigit() else ending
