"""Age and sex of whom a scan shows, as the file itself tells. Read where they are asked for, and kept nowhere else."""

from __future__ import annotations

import contextlib
import os
import re
import warnings
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from icac.ct.read import image_kind
from icac.errors import InputError
from icac.files import read_json
from icac.norms.person import OLDEST, Person, parse_sex

#: So many files of a folder are tried to find one of DICOM.
_TRIED = 50

_UNITS = {"Y": 1.0, "M": 1 / 12, "W": 7 / 365.25, "D": 1 / 365.25}

_DATES = ("AcquisitionDate", "SeriesDate", "StudyDate", "ContentDate")


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

    found = next((header for file in _files(path) if (header := read_header(file)) is not None), None)
    return {} if found is None else _elements(found.path)


def _elements(file: Path) -> dict[str, str]:
    """Return what is asked for of a file whose header could be read."""
    import pydicom

    from icac.ct.dicom.values import text_of

    names = ("PatientAge", "PatientSex", "PatientBirthDate", *_DATES)
    with warnings.catch_warnings(), contextlib.suppress(Exception):  # pydicom raises nearly anything for a damaged file
        warnings.simplefilter("ignore")
        header = pydicom.dcmread(file, stop_before_pixels=True, specific_tags=list(names), force=True)
        return {name: text_of(header, name) for name in names}
    return {}


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
    name = path.name[:-3] if path.name.lower().endswith(".gz") else path.name
    fields: Any = read_json(path.with_name(name).with_suffix(".json"))
    return {key: str(value) for key, value in fields.items() if isinstance(value, str | int | float)} if isinstance(
        fields, dict) else {}


def _age(told: dict[str, str]) -> float | None:
    """Return the age at the scan: as it is stated, else from the dates."""
    match = re.fullmatch(r"\s*(\d{1,3}(?:\.\d+)?)\s*([YMWD]?)\s*", told.get("PatientAge", ""), re.IGNORECASE)
    if match:
        age = float(match[1]) * _UNITS[match[2].upper() or "Y"]
        return age if age <= OLDEST else None
    born = _date(told.get("PatientBirthDate", ""))
    scanned = next((day for name in _DATES if (day := _date(told.get(name, ""))) is not None), None)
    if born is None or scanned is None or not 0 <= (scanned - born).days / 365.25 <= OLDEST:
        return None
    return round((scanned - born).days / 365.25, 2)


def _date(text: str) -> date | None:
    digits = re.sub(r"\D", "", text)[:8]
    with contextlib.suppress(ValueError):
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8])) if len(digits) == 8 else None
    return None
