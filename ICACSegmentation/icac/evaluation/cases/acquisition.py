"""How a scan was acquired, as far as its table, its file or the report of its prediction tell."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from icac.errors import InputError
from icac.geometry import Frame
from icac.report import Report

#: Columns of a table of cases that say it, where the files do not.
COLUMNS = ("fov_mm", "kernel", "kvp", "slice_thickness_mm")


@dataclass(frozen=True)
class Acquisition:
    """How a scan was acquired.

    Attributes
    ----------
    fov_mm, kvp, slice_thickness_mm : float
        Width of the field of view, tube voltage in kV, thickness of the slices; not a number where it is not known.
    kernel : str
        Empty where it is not known.

    """

    fov_mm: float = math.nan
    kvp: float = math.nan
    slice_thickness_mm: float = math.nan
    kernel: str = ""


def acquisition_of(stated: Mapping[str, str], identity: Mapping[str, str], frame: Frame | None,
                   report: Report | None) -> Acquisition:
    """Return how a scan was acquired: as the table of cases states it, else its own file, else the report.

    Parameters
    ----------
    stated : mapping of str to str
        By :data:`COLUMNS`.
    identity : mapping of str to str
        Of the CT, as `icac.ct.CTScan.identity`; empty if it was not read.
    frame : Frame or None
        Of the whole CT.
    report : Report or None
        Of the prediction.

    Raises
    ------
    InputError
        The table states something that is no number.

    """
    known = {**(report.identity if report else {}), **identity}
    width = _width(frame) if frame is not None else _width_of(report)
    return Acquisition(_number("fov_mm", stated, width), _number("kvp", stated, _first(known.get("kvp", ""))),
                       _number("slice_thickness_mm", stated, _thickness(known, frame, report)),
                       stated.get("kernel", "") or known.get("kernel", "").split("\\")[0].strip())


def _number(name: str, stated: Mapping[str, str], otherwise: float) -> float:
    text = stated.get(name, "")
    if not text:
        return otherwise
    try:
        return float(text)
    except ValueError as error:
        raise InputError(f"'{text}' in the column '{name}' of the table of cases is no number.") from error


def _first(text: str) -> float:
    found = re.match(r"\s*(\d+(?:\.\d*)?)", text)
    return float(found[1]) if found else math.nan


def _thickness(known: Mapping[str, str], frame: Frame | None, report: Report | None) -> float:
    """Return the thickness of the slices; their distance where it is not stated."""
    stated = _first(known.get("slice_thickness_mm", ""))
    if math.isfinite(stated):
        return stated
    return float(frame.spacing[2]) if frame is not None else report.slice_increment_mm if report else math.nan


def _width(frame: Frame) -> float:
    return float(frame.size[0] * frame.spacing[0])


def _width_of(report: Report | None) -> float:
    return report.field_of_view_mm if report else math.nan
