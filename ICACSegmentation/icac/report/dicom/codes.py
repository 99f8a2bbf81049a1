"""Coded terms of DICOM results, beyond those of the segmentation itself (:mod:`icac.report.dicom.terminology`).

From PS3.16: CID 7464 and 7469 (measurements), CID 82 (units), CID 7162 (algorithm families), CID 100 (procedures). What
DICOM has no code for is in a scheme of this software's own.
"""

from __future__ import annotations

from highdicom.coding_schemes import CodingSchemeIdentificationItem
from highdicom.sr import CodedConcept

from icac.anatomy import Segment
from icac.report.dicom import terminology

OWN = "99ICAC"

VOLUME = CodedConcept("118565006", "SCT", "Volume")
ATTENUATION = CodedConcept("112031", "DCM", "Attenuation Coefficient")
SCORE = CodedConcept("112058", "DCM", "Calcium score")
COUNT = CodedConcept("111038", "DCM", "Number of calcifications")
MEAN = CodedConcept("373098007", "SCT", "Mean")
MAXIMUM = CodedConcept("56851009", "SCT", "Maximum")

CUBIC_MM = CodedConcept("mm3", "UCUM", "cubic millimeter")
HOUNSFIELD = CodedConcept("[hnsf'U]", "UCUM", "Hounsfield unit")
NO_UNIT = CodedConcept("1", "UCUM", "no units")

#: Not Agatston's method, which is for the heart: :mod:`icac.lesions.agatston`.
AGATSTON_TYPE = CodedConcept("AGATSTON-TYPE", OWN, "Agatston-type score, scaled to 3 mm slices")
SEGMENT = CodedConcept("ICA-SEGMENT", OWN, "Segment of the internal carotid artery (Bouthillier)")

PROCEDURE = CodedConcept("25045-6", "LN", "CT unspecified body region")
ARTIFICIAL_INTELLIGENCE = CodedConcept("123110", "DCM", "Artificial Intelligence")
DEVICE, PERSON = CodedConcept("121007", "DCM", "Device"), CodedConcept("121006", "DCM", "Person")
BOTH_SIDES = CodedConcept("51440002", "SCT", "Bilateral")
COMMENT = CodedConcept("121106", "DCM", "Comment")


def coded(code: terminology.Code) -> CodedConcept:
    """Return a code of :mod:`icac.report.dicom.terminology`."""
    return CodedConcept(code.value, code.scheme, code.meaning)


def segment_code(segment: Segment) -> CodedConcept:
    """Return the code of a segment of the artery."""
    return CodedConcept(segment.name, OWN, f"{segment.name} {segment.title}")


def own_scheme() -> CodingSchemeIdentificationItem:
    """Return what the scheme of this software's own codes is."""
    return CodingSchemeIdentificationItem(OWN, name="Terms of ICACSegmentation",
                                          responsible_organization="The ICACSegmentation developers")
