"""What the headers of a series say of it, as the choice among series needs it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from icac.ct.dicom.header_values import BadValueError, value_of
from icac.ct.dicom.headers import CT_CLASSES, DicomFile, Slice
from icac.ct.series.info import LONGEST_TEXT, SeriesInfo, minutes_of, obstacle_of_stack
from icac.ct.series.limits import AXIAL_COSINE
from icac.ct.series.words import described_kind
from icac.ct.series.words import image_kind as kind_of_type

#: Images of each place from which a series is one of many times (perfusion), and distance (mm) of places.
MANY_TIMES, SAME_PLACE_MM = 3, 0.05

#: What headers call CT numbers: HU, and US where it is not specified.
UNITS_OF_CT = ("", "HU", "HU_MOD", "US")

#: Kind of the slices that can be measured where there are no original ones.
REFORMATTED = "reformatted"


def describe(slices: list[Slice], patient: int = 1) -> SeriesInfo:
    """Sum up a series.

    Parameters
    ----------
    slices : list of Slice
    patient : int
        Which of the patients in the folder.

    """
    file = slices[0].file
    usable, kind = _usable(slices)
    axial = [one for one in usable if abs(one.normal[2]) >= AXIAL_COSINE]
    place = _place(axial) if axial else _Place()
    first = axial[0] if axial else slices[0]
    return SeriesInfo(
        _text(file, "SeriesInstanceUID", 10**6), _text(file, "SeriesNumber"), _text(file, "SeriesDescription"),
        file.modality[:LONGEST_TEXT], len(slices), first.thickness, first.kernel[:LONGEST_TEXT],
        _obstacle(file, slices, axial, kind), kind == REFORMATTED, first.image_type[:4 * LONGEST_TEXT],
        agent_of(file), _text(file, "BodyPartExamined"), *place, file.text("FrameOfReferenceUID"),
        file.text("StudyInstanceUID"), patient, minutes_of(file.text("AcquisitionDate"), file.text("AcquisitionTime")),
        _kv(first.voltage))


def image_kind(one: Slice) -> str:
    """Name what an image is if it is no slice of a CT (localizer, projection...); empty for a slice."""
    return kind_of_type(one.image_type) or ("" if one.has_geometry else "no position")


def _kv(text: str) -> float | None:
    try:
        return float(text.split("\\")[0])
    except ValueError:
        return None


def _text(file: DicomFile, keyword: str, most: int = LONGEST_TEXT) -> str:
    return file.text(keyword)[:most]


def agent_of(file: DicomFile) -> str:
    """Return which contrast agent a header names, "yes" if it only says that there was one, or nothing."""
    agent = _text(file, "ContrastBolusAgent")
    try:
        return agent or ("yes" if value_of(file.header, "ContrastBolusAgentSequence") else "")
    except BadValueError:  # a word is no reason to refuse a scan
        return agent


def _usable(slices: list[Slice]) -> tuple[list[Slice], str]:
    """Return the slices that can be measured, and what kind of images they are: original if empty."""
    kinds = [image_kind(one) for one in slices]
    described = described_kind(slices[0].file.text("SeriesDescription"), slices[0].image_type)
    slices_of_ct = [one for one, kind in zip(slices, kinds, strict=True) if not kind]
    if slices_of_ct and described in ("", REFORMATTED):
        return slices_of_ct, described
    if slices_of_ct:
        return [], described
    remade = [one for one, kind in zip(slices, kinds, strict=True) if kind == REFORMATTED and one.has_geometry]
    return remade, REFORMATTED if remade else kinds[0]


def _obstacle(file: DicomFile, slices: list[Slice], axial: list[Slice], kind: str) -> str:
    """Say why a series cannot be the CT that is looked for; empty if it can."""
    if file.modality != "CT":
        return f"modality {file.modality[:LONGEST_TEXT] or 'unknown'}"
    if (unit := slices[0].unit) not in UNITS_OF_CT:
        return f"values in {unit[:LONGEST_TEXT]}"
    if file.text("SOPClassUID") not in CT_CLASSES:
        return "not CT images"
    if kind and kind != REFORMATTED:
        return kind
    if not axial:
        return obstacle_of_stack(0.0, len(slices))
    few = obstacle_of_stack(1.0, len(axial))
    if few:
        return few
    times = len(axial) / len(_places(axial))
    return f"{times:.0f} images of each place (perfusion)" if times >= MANY_TIMES else ""


def _depths(axial: list[Slice]) -> np.ndarray:
    return np.sort(np.array([one.position for one in axial]) @ axial[0].normal)


def _places(axial: list[Slice]) -> np.ndarray:
    """Return the different depths of slices along their normal, mm."""
    depths = _depths(axial)
    return depths[np.concatenate([[True], np.diff(depths) > SAME_PLACE_MM])]


class _Place(NamedTuple):
    """Where slices lie, as in :class:`SeriesInfo`."""

    increment_mm: float | None = None
    span_mm: tuple[float, float] | None = None
    width_mm: float | None = None
    pixel_mm: float | None = None


def _place(axial: list[Slice]) -> _Place:
    first, depths = axial[0], _places(axial)
    increment = round(float(np.median(np.diff(depths))), 3) if len(depths) > 1 else None
    pixels, (x, y) = first.file.pixels, first.geometry.spacing
    to_middle = np.array([pixels.columns * x, pixels.rows * y]) / 2 @ first.geometry.orientation
    heights = np.array([one.geometry.position[2] for one in axial]) + to_middle[2]
    half = (increment or first.thickness or 0.0) / 2
    span = float(heights.min() - half), float(heights.max() + half)
    return _Place(increment, span, min(pixels.columns * x, pixels.rows * y), max(x, y))

