"""Coded names of what is segmented, for Slicer and for DICOM SEG.

Codes are SNOMED CT as used in DICOM: 18115005 is the code under which published DICOM segmentations hold
coronary calcium; 86117002 with the modifiers right and left is from DICOM CID 12104 and CID 2.
"""

from __future__ import annotations

from typing import NamedTuple

from icac.anatomy import Side

#: Name of the terminology and of the region list that the Slicer extension brings along.
CONTEXT = "ICAC"


class Code(NamedTuple):
    """A coded term."""

    scheme: str
    value: str
    meaning: str


CATEGORY = Code("SCT", "49755003", "Morphologically Altered Structure")
TYPE = Code("SCT", "18115005", "Pathologic calcification")
REGION = Code("SCT", "86117002", "Internal Carotid Artery")
SIDES = {Side.RIGHT: Code("SCT", "24028007", "Right"), Side.LEFT: Code("SCT", "7771000", "Left")}
NO_CODE = Code("", "", "")


def terminology_entry(side: Side | None = None) -> str:
    """Return the entry of ICAC in the form Slicer stores in a segment, for one side or for both together.

    The form is ``context~category~type~type modifier~region context~region~region modifier`` with each code
    written ``scheme^value^meaning``.
    """
    codes = [CATEGORY, TYPE, NO_CODE, REGION, SIDES.get(side, NO_CODE) if side else NO_CODE]
    category, kind, modifier, region, laterality = ("^".join(code) for code in codes)
    return "~".join([CONTEXT, category, kind, modifier, CONTEXT, region, laterality])
