"""The JSON file that converters such as dcm2niix write beside an image: what it tells of the scan, and no more."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from icac.files import read_json

#: A sidecar larger than this is none.
_LARGEST_BYTES = 1 << 24

#: A text longer than this is no name of anything.
_LONGEST = 200

#: Fields of a sidecar that are texts, and their keys in the identity of a scan.
_TEXTS = {
    "Manufacturer": "manufacturer", "ManufacturersModelName": "model", "SeriesDescription": "series_description",
    "ProtocolName": "protocol", "BodyPartExamined": "body_part", "ConvolutionKernel": "kernel", "KVP": "kvp",
    "XRayExposure": "exposure_mas", "SeriesNumber": "series_number", "SeriesInstanceUID": "series_uid",
    "StudyInstanceUID": "study_uid", "ContrastBolusIngredient": "contrast_agent",
}


def read_sidecar(path: Path) -> dict[str, str]:
    """Return what the JSON file of an image's name tells, for `CTScan.identity`; nothing if there is none to read."""
    fields = sidecar_fields(path)
    found = {key: _text(fields.get(field)) for field, key in _TEXTS.items()}
    found["modality"] = _text(fields.get("Modality")).upper()
    found["slice_thickness_mm"] = _thickness(fields.get("SliceThickness"))
    return {key: text for key, text in found.items() if text}


def sidecar_of(path: Path) -> Path:
    """Return where the JSON file of an image would lie."""
    name = path.name[:-3] if path.name.lower().endswith(".gz") else path.name
    return path.with_name(name).with_suffix(".json")


def sidecar_fields(path: Path) -> dict[str, Any]:
    """Return all that the JSON file of an image's name holds; nothing if there is none to read."""
    fields = read_json(sidecar_of(path), largest=_LARGEST_BYTES)
    return fields if isinstance(fields, dict) else {}


def _values(value: Any) -> Iterable[Any]:
    """Yield the value, or those of a list."""
    return value if isinstance(value, list) else (value,)


def _text(value: Any) -> str:
    """Return a value as one line of plain text, values of a list apart as DICOM writes them."""
    texts = [str(one) for one in _values(value) if isinstance(one, str | int | float)]
    return "".join(c for c in "\\".join(texts) if c.isprintable()).strip()[:_LONGEST]


def _thickness(value: Any) -> str:
    """Return the thickness of the slices in mm, ``"4 to 7"`` if they differ; writers add units and make lists."""
    found = [re.match(r"\s*\d+(\.\d*)?([eE][+-]?\d+)?", str(one)) for one in _values(value)]
    numbers = [float(match[0]) for match in found if match]
    numbers = sorted({number for number in numbers if number > 0 and math.isfinite(number)})
    if not numbers:
        return ""
    return f"{numbers[0]:g}" if len(numbers) == 1 else f"{numbers[0]:g} to {numbers[-1]:g}"
