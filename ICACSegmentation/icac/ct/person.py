"""Age and sex of whom a scan shows, as the file itself tells. Read where they are asked for, and kept nowhere else."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from icac.ct.dicom.headers import DATES
from icac.ct.examination import day_in
from icac.ct.read import image_kind
from icac.ct.sidecar import sidecar_fields
from icac.errors import InputError
from icac.files import walk
from icac.norms.person import OLDEST, Person, parse_sex

#: So many files of a folder are tried to find one of DICOM.
_TRIED = 50

_UNITS = {"Y": 1.0, "M": 1 / 12, "W": 7 / 365.25, "D": 1 / 365.25}

#: What is asked for of a header.
_ELEMENTS = ("PatientAge", "PatientSex", "PatientBirthDate", *DATES)


def person_of(path: str | Path, series_uid: str = "") -> Person:
    """Return what a scan tells of age and sex: a DICOM file or folder, or the JSON file beside an image.

    Nothing is known of scans that cannot be read, or whose headers were stripped.

    Parameters
    ----------
    path : str or pathlib.Path
    series_uid : str
        Which series of a folder, which may hold several people; empty for the first that is found.

    """
    path = Path(path)
    header = _sidecar(path) if path.is_file() and image_kind(path) else _header(path, series_uid)
    sex = ""
    with contextlib.suppress(InputError):
        sex = parse_sex(header.get("PatientSex", ""))
    return Person(_age(header), sex)


def _header(path: Path, series_uid: str) -> dict[str, str]:
    from icac.ct.dicom.headers import read_header

    files = (file for follow in (False, True) for file in _files(path, follow, None if series_uid else _TRIED))
    headers = (header for file in files if (header := read_header(file, _ELEMENTS)) is not None)
    found = next((one for one in headers if not series_uid or one.series_uid == series_uid), None)
    return {} if found is None else {name: found.text(name) for name in _ELEMENTS}


def _files(path: Path, follow: bool, most: int | None) -> Iterator[Path]:
    """Yield a file, or the first files of a folder; links to other folders are followed as the reader of scans does."""
    if path.is_file():
        yield path
        return
    yield from islice((visited.path / name for visited in walk(path, follow) for name in visited.files), most)


def _sidecar(path: Path) -> dict[str, str]:
    return {key: str(value) for key, value in sidecar_fields(path).items() if isinstance(value, str | int | float)}


def _age(header: dict[str, str]) -> float | None:
    """Return the age at the scan: as it is stated, else from the dates."""
    match = re.fullmatch(r"\s*(\d{1,3}(?:\.\d+)?)\s*([YMWD]?)\s*", header.get("PatientAge", ""), re.IGNORECASE)
    if match:
        age = float(match[1]) * _UNITS[match[2].upper() or "Y"]
        return age if age <= OLDEST else None
    born = day_in(header.get("PatientBirthDate", ""))
    scanned = next((day for name in DATES if (day := day_in(header.get(name, ""))) is not None), None)
    if born is None or scanned is None or not 0 <= (scanned - born).days / 365.25 <= OLDEST:
        return None
    return round((scanned - born).days / 365.25, 2)
