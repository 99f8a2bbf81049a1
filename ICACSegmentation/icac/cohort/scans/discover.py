"""Finding the scans of a cohort: in a folder of DICOM studies and image files, or in a CSV table."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from icac.cases.file_names import bids_labels, is_image_name, without_ending
from icac.cohort.scans.scan_input import ScanInput, label, named_apart
from icac.cohort.scans.tree import LeftOut, dicom_scans, walk_tree
from icac.ct.read import is_there
from icac.errors import InputError
from icac.files import read_csv
from icac.files.csv_table import CsvRow

#: Columns of a table of scans; only the first must be there.
COLUMNS = ("path", "subject", "session", "series")


@dataclass(frozen=True)
class Found:
    """What was found for a cohort.

    Attributes
    ----------
    scans : list of ScanInput
        By name; all names differ.
    left_out : list of LeftOut
        What looks like a scan, or may hold some, and was not taken.

    """

    scans: list[ScanInput]
    left_out: list[LeftOut] = field(default_factory=list)


def find_scans(source: str | Path, pattern: str = "*", skip: str | Path | None = None) -> list[ScanInput]:
    """Find the scans of a cohort, by name; all names differ. See :func:`look_for_scans`."""
    return look_for_scans(source, pattern, skip).scans


def look_for_scans(source: str | Path, pattern: str = "*", skip: str | Path | None = None) -> Found:
    """Find the scans of a cohort, and what is left out.

    Parameters
    ----------
    source : str or Path
        A folder, searched with its subfolders: every DICOM study (in a folder that mixes them, every examination) and
        every NIfTI, NRRD or MetaImage file is a scan, but for results of this software. Links are followed. Folders
        below different ones in it are never one study. A CSV file with the column ``path`` (relative to the table, or
        absolute) and, where wanted, ``subject``, ``session`` and ``series``. Or a single image file.
    pattern : str
        Only image files and DICOM folders whose path relative to the folder matches (``*`` matches ``/`` too).
    skip : str or Path, optional
        A folder that is not searched, e.g. that of the results.

    Returns
    -------
    Found

    Raises
    ------
    InputError
        There is nothing, or the table is damaged.

    """
    source = Path(source).absolute()
    if not is_there(source):
        raise InputError(f"{source} does not exist; give a folder of scans or a CSV table of them.")
    left_out: list[LeftOut] = []
    if source.is_file():
        found = _from_table(source) if source.suffix.lower() == ".csv" else [_scan(source, source.parent)]
    else:
        tree = walk_tree(source, Path(skip).absolute() if skip else None)
        left_out = tree.left_out
        every = [*((path, "") for path in tree.images), *dicom_scans(source, tree.dicom)]
        found = [_scan(path, source, series) for path, series in every
                 if fnmatch(path.relative_to(source).as_posix(), pattern)]
    if not found:
        raise InputError(f"{source} holds no DICOM, NIfTI, NRRD or MetaImage images"
                         + (f" that match '{pattern}'" if pattern != "*" else "") + "; give the folder of the scans.")
    return Found(sorted(named_apart(found), key=lambda scan: scan.name), left_out)


def _scan(path: Path, root: Path, series: str = "") -> ScanInput:
    """Name a scan as its BIDS name tells, else after its place: the first folder is the subject, the others session."""
    labels = bids_labels(path) if is_image_name(path.name) else None
    if labels is not None:
        return ScanInput(str(path), label(labels[0]), label(labels[1]) if labels[1] else "", series)
    parts = list(path.relative_to(root).parts) or [root.name]
    parts[-1] = without_ending(parts[-1])
    subject = label(parts[0].removeprefix("sub-"))
    rest = "".join(label(part.removeprefix("ses-")) for part in parts[1:])
    return ScanInput(str(path), subject, label(rest) if rest else "", series)


def _from_table(path: Path) -> list[ScanInput]:
    rows = read_csv(path).rows
    if not rows or "path" not in rows[0]:
        raise InputError(f"{path} has no rows with the column 'path'; its first line must name it.")
    return [_table_row(row, path) for row in rows]


def _table_row(row: CsvRow, table: Path) -> ScanInput:
    values = {name: row.get(name, "") for name in COLUMNS}
    if not values["path"]:
        raise InputError(f"{table}, line {row.line}: the path is empty; fill it in or take the line out.")
    path = Path(os.path.normpath(table.parent / values["path"]))
    if not values["subject"]:
        inside = path.is_relative_to(table.parent) and path != table.parent
        return ScanInput(**{**_scan(path, table.parent if inside else path.parent).to_dict(),
                            "series": values["series"]})
    session = label(values["session"]) if values["session"] else ""
    return ScanInput(str(path), label(values["subject"].removeprefix("sub-")), session, values["series"])
