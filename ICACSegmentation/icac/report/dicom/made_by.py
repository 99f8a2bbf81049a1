"""What made a DICOM result: software, model, and how far a reader had a hand in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import icac
from icac.result import SegmentedScan
from icac.result_files import MANUFACTURER

#: What series and segmentations say of themselves.
RESEARCH_ONLY = "research use only"

#: Letters of a name at most (PS3.5, 6.2, LO).
_LONGEST = 64


@dataclass(frozen=True)
class Origin:
    """How a segmentation came about.

    Attributes
    ----------
    algorithm_type : str
        As DICOM has it: ``AUTOMATIC``, or ``SEMIAUTOMATIC`` after corrections by a reader.
    reviewers : tuple of str
        Names of those who reviewed it.

    """

    algorithm_type: str = "AUTOMATIC"
    reviewers: tuple[str, ...] = ()


def equipment(result: SegmentedScan) -> dict[str, Any]:
    """Return the device that made a result, as arguments of highdicom's classes."""
    return {"manufacturer": MANUFACTURER, "manufacturer_model_name": short(f"ICAC {result.model.name}"),
            "software_versions": [f"icac {icac.__version__}", short(f"weights {result.model.version}")],
            "device_serial_number": short(result.model.checksum[:16] or result.model.name)}


def short(text: str) -> str:
    """Return a text that fits into a short element; backslashes part values there."""
    return text.replace("\\", "/")[:_LONGEST]


def person_name(name: str) -> str:
    """Return the name of a reader as DICOM has names: what parts them there is taken out."""
    return short("".join(" " if letter in "^=\\" else letter for letter in name)) + "^"
