"""Finding the scans of a cohort: in a folder of DICOM studies and image files, or in a CSV table."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

from icac.cohort.scans.scan_input import ScanInput, label, named_apart
from icac.ct.read import IMAGE_KINDS, image_kind
from icac.errors import InputError
from icac.files import read_csv
from icac.files.csv_table import CsvRow

#: Columns of a table of scans; only the first must be there.
COLUMNS = ("path", "subject", "session", "series")

#: So many files of a folder are looked at to tell whether it holds DICOM images: exports begin with other files.
_FILES_TRIED = 5


def find_scans(source: str | Path, pattern: str = "*", skip: str | Path | None = None) -> list[ScanInput]:
    """Find the scans of a cohort.

    Parameters
    ----------
    source : str or Path
        A folder, searched with its subfolders: every DICOM study and every NIfTI, NRRD or MetaImage file is a scan.
        A CSV file with the column ``path`` (relative to the table, or absolute) and, where wanted, ``subject``,
        ``session`` and ``series``. Or a single image file.
    pattern : str
        Only image files and DICOM folders whose path relative to the folder matches (``*`` matches ``/`` too).
    skip : str or Path, optional
        A folder that is not searched, e.g. that of the results.

    Returns
    -------
    list of ScanInput
        By name; all names differ.

    Raises
    ------
    InputError
        There is nothing, or the table is damaged.

    """
    source = Path(source).absolute()
    if not source.exists():
        raise InputError(f"{source} does not exist; give a folder of scans or a CSV table of them.")
    if source.is_file():
        found = _from_table(source) if source.suffix.lower() == ".csv" else [_scan(source, source.parent)]
    else:
        skipped = Path(skip).absolute() if skip else None
        found = [_scan(path, source) for path in _walk(source, skipped)
                 if fnmatch(path.relative_to(source).as_posix(), pattern)]
    if not found:
        raise InputError(f"{source} holds no DICOM, NIfTI, NRRD or MetaImage images"
                         + (f" that match '{pattern}'" if pattern != "*" else "") + "; give the folder of the scans.")
    return sorted(named_apart(found), key=lambda scan: scan.name)


def _scan(path: Path, root: Path) -> ScanInput:
    """Name a scan after its place: the first folder is the subject, the others are the session."""
    parts = list(path.relative_to(root).parts) or [root.name]
    ending = max((e for e in IMAGE_KINDS if parts[-1].lower().endswith(e)), key=len, default="")
    parts[-1] = parts[-1][:len(parts[-1]) - len(ending)]
    # BIDS folders name themselves; what repeats the subject or session in the file's name is not repeated.
    subject = label(parts[0].removeprefix("sub-"))
    rest = "".join(label(part.removeprefix("ses-")) for part in parts[1:])
    return ScanInput(str(path), subject, rest)


def _walk(root: Path, skip: Path | None) -> Iterator[Path]:
    """Yield image files and DICOM studies below a folder."""
    studies: dict[str, list[Path]] = defaultdict(list)
    for parent, folders, names in os.walk(root):
        folders[:] = sorted(f for f in folders if not f.startswith(".") and Path(parent, f) != skip)
        images = [n for n in sorted(names) if image_kind(Path(n)) and not n.startswith(".")]
        yield from (Path(parent, n) for n in images if not n.lower().endswith(".seg.nrrd"))
        others = [n for n in sorted(names) if n not in images and not n.startswith(".")]
        study = _study_uid(Path(parent), others)
        if study is not None:
            studies[study or parent].append(Path(parent))
    yield from _study_folders(root, studies)


def _study_uid(folder: Path, names: list[str]) -> str | None:
    """Return the Study Instance UID of the first DICOM image among some files; None if there is none."""
    if not names:
        return None
    from icac.ct.dicom.headers import read_header

    for name in names[:_FILES_TRIED]:
        header = read_header(folder / name)
        if header is not None:
            return header.text("StudyInstanceUID")
    return None


def _study_folders(root: Path, studies: dict[str, list[Path]]) -> Iterator[Path]:
    """Yield the folder of each study; its folders one by one where their common folder holds other studies too."""
    below = defaultdict(set)
    for uid, folders in studies.items():
        for folder in folders:
            for ancestor in (folder, *folder.parents):
                below[ancestor].add(uid)
                if ancestor == root:
                    break
    for uid, folders in studies.items():
        common = Path(os.path.commonpath(folders))
        yield from [common] if below[common] == {uid} else folders


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
