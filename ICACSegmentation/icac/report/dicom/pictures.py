"""Pictures of a result as secondary captures, for archives that show no segmentations."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from highdicom.sc import SCImage
from pydicom.uid import ExplicitVRLittleEndian

from icac.anatomy import Side
from icac.report.dicom.made_by import RESEARCH_ONLY, equipment
from icac.report.dicom.source import Source
from icac.report.dicom.uids import Uids
from icac.report.picture.overview import draw_overview
from icac.result import SegmentedScan

SERIES_NUMBER = 9003


def make_pictures(result: SegmentedScan, source: Source, uids: Uids) -> dict[str, SCImage]:
    """Return the overview, and that of each side, by name; no name of the patient or of a file is in them."""
    series = result.scan.identity.get("series_number", "")
    shown = replace(result, scan=replace(result.scan, path=Path(f"Series {series}".strip()), native=source.native))
    pages = {"overview": None, **{side.value: side for side in Side}}
    return {name: _capture(np.asarray(draw_overview(shown, side)), name, number, result, source, uids)
            for number, (name, side) in enumerate(pages.items(), start=1)}


def _capture(pixels: np.ndarray, name: str, number: int, result: SegmentedScan, source: Source, uids: Uids) -> SCImage:
    """Return a picture, RGB (rows, columns, 3)."""
    capture = SCImage.from_ref_dataset(
        source.images[0], pixels, "RGB", 8, "PATIENT", series_instance_uid=uids.of("picture series"),
        series_number=SERIES_NUMBER, sop_instance_uid=uids.of(f"picture {name}"), instance_number=number,
        patient_orientation=("L", "P"), transfer_syntax_uid=ExplicitVRLittleEndian,
        series_description=f"ICAC pictures ({RESEARCH_ONLY})", **equipment(result))
    capture.copy_patient_and_study_information(source.images[0])
    capture.ImageComments = f"ICAC, {name}: {RESEARCH_ONLY}"
    capture.BurnedInAnnotation, capture.Laterality = "NO", ""
    return capture
