"""Age and sex of whom a scan shows, as the file itself tells. Read where they are asked for, and kept nowhere else."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from icac.ct.dicom.headers import DATES
from icac.ct.examination import day_in
from icac.ct.read import image_kind
from icac.ct.sidecar import sidecar_fields
from icac.errors import InputError
from icac.norms.person import OLDEST, Person, parse_sex

#: So many files of a folder are tried to find one of DICOM.
_TRIED = 50

_UNITS = {"Y": 1.0, "M": 1 / 12, "W": 7 / 365.25, "D": 1 / 365.25}

#: What is asked for of a header.
_ELEMENTS = ("PatientAge", "PatientSex", "PatientBirthDate", *DATES)


def person_of(path: str | Path) -> Person:
    """Return what a scan tells of age and sex: a DICOM file or folder, or the JSON file beside an image.

    Nothing is known of scans that cannot be read, or whose headers were stripped.
    """
    path = Path(path)
    told = _sidecar(path) if path.is_file() and image_kind(path) else _header(path)
    sex = ""
    with contextlib.suppress(InputError):
        sex = parse_sex(told.get("PatientSex", ""))
    return Person(_age(told), sex)


def _header(path: Path) -> dict[str, str]:
    from icac.ct.dicom.headers import read_header

    found = next((header for file in _files(path) if (header := read_header(file, _ELEMENTS)) is not None), None)
    return {} if found is None else {name: found.text(name) for name in _ELEMENTS}


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    tried = 0
    for parent, folders, names in os.walk(path):
        folders.sort()
        for name in sorted(names):
            yield Path(parent) / name
            tried += 1
            if tried == _TRIED:
                return


def _sidecar(path: Path) -> dict[str, str]:
    return {key: str(value) for key, value in sidecar_fields(path).items() if isinstance(value, str | int | float)}


def _age(told: dict[str, str]) -> float | None:
    """Return the age at the scan: as it is stated, else from the dates."""
    match = re.fullmatch(r"\s*(\d{1,3}(?:\.\d+)?)\s*([YMWD]?)\s*", told.get("PatientAge", ""), re.IGNORECASE)
    if match:
        age = float(match[1]) * _UNITS[match[2].upper() or "Y"]
        return age if age <= OLDEST else None
    born = day_in(told.get("PatientBirthDate", ""))
    scanned = next((day for name in DATES if (day := day_in(told.get(name, ""))) is not None), None)
    if born is None or scanned is None or not 0 <= (scanned - born).days / 365.25 <= OLDEST:
        return None
    return round((scanned - born).days / 365.25, 2)
