"""Whose scan a scan is, and of which day: asked only where two scans are compared, and kept in no report.

The patient's number only tells whether two scans are of one patient.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from icac.ct.dicom.headers import DATES
from icac.ct.read import image_kind, is_there
from icac.ct.sidecar import sidecar_fields

#: No head was in a CT before.
FIRST_CT = date(1971, 10, 1)


@dataclass(frozen=True)
class Examination:
    """What tells whether scans are of one patient, and which came first.

    Attributes
    ----------
    patient : str
        Patient ID; empty if unknown.
    date : datetime.date or None

    """

    patient: str = ""
    date: date | None = None


def read_examination(path: str | Path, series: str | None = None) -> Examination:
    """Return what a scan that can be read tells of its examination: its DICOM header, or the sidecar of an image.

    Parameters
    ----------
    path : str or pathlib.Path
        As of :func:`icac.ct.read_ct`.
    series : str, optional
        Which series of a DICOM folder.

    Raises
    ------
    InputError
        It is no scan that can be read, or holds several.

    """
    path = Path(path)
    if not is_there(path):
        return Examination()
    fields = _dicom_fields(path, series) if path.is_dir() or image_kind(path) is None else sidecar_fields(path)
    patient, day = fields.get("PatientID"), next(filter(None, map(parsed_date, map(fields.get, DATES))), None)
    return Examination(" ".join(patient.split()) if isinstance(patient, str) else "", day)


def parsed_date(text: Any) -> date | None:
    """Return the day of a CT in a date, or date and time, of DICOM or ISO 8601; None if there can be none."""
    day = day_in(text)
    return day if day and FIRST_CT <= day <= date.today() else None


def day_in(text: Any) -> date | None:
    """Return the day in a date, or date and time, of DICOM (20240131...) or ISO 8601 (2024-01-31...); None if none."""
    found = re.match(r"\s*(\d{4})[-.:/]?(\d{2})[-.:/]?(\d{2})", text) if isinstance(text, str) else None
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def _dicom_fields(path: Path, series: str | None) -> dict[str, Any]:
    from icac.ct.dicom import find_series

    first = find_series(path, series).slices[0].file
    return {key: first.text(key) for key in ("PatientID", *DATES)}
