"""What a DICOM series tells of the scan, without anything of the patient."""

from __future__ import annotations

import numpy as np

from icac.ct.dicom.headers import Slice, text_in_groups
from icac.ct.dicom.series_description import agent_of

#: Key of the identity for each element.
ELEMENTS = {
    "Modality": "modality", "SeriesInstanceUID": "series_uid", "StudyInstanceUID": "study_uid",
    "SOPClassUID": "sop_class_uid", "SeriesNumber": "series_number", "SeriesDescription": "series_description",
    "StudyDescription": "study_description", "ProtocolName": "protocol", "BodyPartExamined": "body_part",
    "ImageType": "image_type", "Manufacturer": "manufacturer", "ManufacturerModelName": "model",
    "KVP": "kvp", "Exposure": "exposure_mas", "ContrastBolusAgent": "contrast_agent",
}


def identity_of(slices: list[Slice]) -> dict[str, str]:
    """Return what is known of the scan, as `CTScan.identity` has it; keys without a value are left out."""
    file = slices[0].file
    identity = {key: file.text(keyword) for keyword, key in ELEMENTS.items()}
    identity["modality"] = file.modality
    identity["kvp"] = identity["kvp"] or text_in_groups(file, "KVP")
    identity |= {key: _number(identity[key]) for key in ("kvp", "exposure_mas")}
    identity["kernel"] = slices[0].kernel
    identity["slice_thickness_mm"] = _thickness([s.thickness for s in slices if s.thickness])
    identity["images"] = str(len(slices))
    identity["contrast_agent"] = identity["contrast_agent"] or agent_of(file)
    return {key: value for key, value in identity.items() if value}


def _number(text: str) -> str:
    """Write a number without needless zeros: 120, not 120.0."""
    try:
        return f"{float(text):g}"
    except ValueError:
        return text


def _thickness(values: list[float]) -> str:
    if not values:
        return ""
    low, high = np.min(values), np.max(values)
    return f"{high:g}" if np.isclose(low, high) else f"{low:g} to {high:g}"
