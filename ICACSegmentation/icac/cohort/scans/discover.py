"""Finding the scans of a cohort: in a folder of DICOM studies and image files, or in a CSV table."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

from icac.cases.dicom_studies import study_folders, study_uid
from icac.cases.folders import walk_folders
from icac.cases.names import SEGMENT_ENDINGS, is_image_name, without_ending
from icac.cohort.scans.scan_input import ScanInput, label, named_apart
from icac.errors import InputError
from icac.files import read_csv
from icac.files.csv_table import CsvRow
from icac.result_files import USUAL_NAMES, is_result

#: Columns of a table of scans; only the first must be there.
COLUMNS = ("path", "subject", "session", "series")


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
    parts[-1] = without_ending(parts[-1])
    # BIDS folders name themselves; what repeats the subject or session in the file's name is not repeated.
    subject = label(parts[0].removeprefix("sub-"))
    rest = "".join(label(part.removeprefix("ses-")) for part in parts[1:])
    return ScanInput(str(path), subject, rest)


def _walk(root: Path, skip: Path | None) -> Iterator[Path]:
    """Yield image files and DICOM studies below a folder.

    No scan is left out because of its name: what is no CT of a head is recorded as failed, for everybody to see.
    """
    studies: dict[str, list[Path]] = defaultdict(list)
    for folder, names, _ in walk_folders(root, links=False, skip=skip):
        ours = USUAL_NAMES.every() if is_result(names) else ()
        images = [name for name in names if is_image_name(name)]
        yield from (folder / name for name in images
                    if name not in ours and not name.lower().endswith(SEGMENT_ENDINGS))
        study = study_uid(folder, [name for name in names if name not in images])
        if study is not None:
            studies[study or str(folder)].append(folder)
    yield from study_folders(root, studies)


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
