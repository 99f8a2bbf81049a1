"""``report.json``: everything that is needed to understand, check and repeat a measurement.

Its form is fixed by ``report.schema.json`` beside this file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np

from icac.anatomy import SEGMENTS, Segment, Side
from icac.calcium import CALCIUM_HU
from icac.course import find
from icac.ct import harmonise
from icac.ct.harmonise import REFERENCE_FWHM_MM
from icac.ct.series.choose import Choice
from icac.files import whole_file
from icac.files.json_file import json_text
from icac.geometry import Frame
from icac.lesions import Lesion, agatston, burden, contact, morphometry, noise
from icac.lesions.burden import Amount, Burden
from icac.lesions.slices import slice_increment_mm
from icac.ood import Novelty
from icac.reference import reference_sha256
from icac.report.courses import courses_record
from icac.report.forms import forms_record
from icac.report.software import software_versions
from icac.report.tables import lesion_row
from icac.result import MeasuredQuality, SegmentedScan
from icac.scores import Rules, grades, propose_scores, rules_of
from icac.scores.propose import ArteryScore, scores_record

#: Version of the form of the record; the first number changes when readers must.
FORMAT = "1.4"

#: The JSON schema of the record.
SCHEMA_PATH = Path(__file__).with_name("report.schema.json")


def build_record(result: SegmentedScan, files: Mapping[str, str] | None = None,
                 norms: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the record of a run as JSON-ready values.

    Parameters
    ----------
    result : SegmentedScan
    files : mapping of str to str, optional
        What was written beside the record: role to file name.
    norms : mapping, optional
        Where the volume lies among people of the same age and sex: `icac.norms.Position.record`.

    Returns
    -------
    dict

    """
    scan, model = result.scan, result.model
    return {
        "format": FORMAT,
        "notice": model.full_notice,
        "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "software": software_versions(),
        "input": {"path": str(scan.path), "kind": scan.kind, "identity": dict(scan.identity),
                  "corrections": list(scan.corrections), "voxels_sha256": scan.voxels_sha256,
                  **({"series_choice": _series_choice(scan.choice)} if scan.choice else {})},
        "geometry": _geometry(scan.volume.frame, scan.resampled),
        "image_quality": _image_quality(result.measured),
        "model": {"name": model.name, "version": model.version, "checksum": model.checksum},
        "settings": {"device": result.device, "engine": result.engine, "region": result.region,
                     "probability_threshold": float(result.threshold),
                     "lesion_probability_threshold": float(result.lesion_threshold),
                     "poses": int(result.poses),
                     "harmonise": result.settings.harmonise,
                     "calcium_threshold_hu": CALCIUM_HU,
                     "min_lesion_volume_mm3": float(result.settings.min_volume_mm3),
                     "min_agatston_area_mm2": float(result.min_area_mm2)},
        "registration": _registration(result),
        "courses": courses_record(result),
        **({"out_of_distribution": _novelty(result.novelty)} if result.novelty else {}),
        "seconds": {stage: round(float(seconds), 3) for stage, seconds in result.seconds.items()},
        "warnings": list(result.warnings),
        "totals": _totals(result.burden),
        **forms_and_scores(result.lesions, rules_of(result.settings.scores)),
        "files": dict(files or {}),
        "definitions": definitions(),
        **({"norms": dict(norms)} if norms else {}),
    }


def forms_and_scores(lesions: Sequence[Lesion], rules: Rules) -> dict[str, Any]:
    """Return ``lesions``, ``morphometry`` and ``scores`` of a record."""
    record = measured_record(lesions)
    return {**record, "scores": scores_record(propose_scores(record, rules), rules)}


def measured_record(lesions: Sequence[Lesion]) -> dict[str, Any]:
    """Return ``lesions`` and ``morphometry`` of a record, of which scores are proposed."""
    return {"lesions": [lesion_row(lesion) for lesion in lesions], "morphometry": forms_record(lesions)}


def proposed_scores(result: SegmentedScan) -> dict[Side, ArteryScore]:
    """Return the scores that are proposed of a scan."""
    return propose_scores(measured_record(result.lesions), rules_of(result.settings.scores))


def definitions() -> dict[str, str]:
    """Return the meaning of the measures, in words."""
    return {
        **burden.DEFINITIONS,
        **morphometry.DEFINITIONS,
        "scores": grades.DEFINITION,
        "agatston_score": agatston.DEFINITION,
        "bone_contact_share": contact.DEFINITION,
        "hu": harmonise.DEFINITION,
        "noise": noise.DEFINITION,
        "lesion": "Voxels of the segmentation that share a face, an edge or a corner (26-connected).",
        "slice_index": "Slices are counted from 0 along the voxel axis nearest to the foot-head direction.",
        "course": find.DEFINITION,
        "coordinates": "mm; LPS as in DICOM, right/anterior/superior (RAS) as in 3D Slicer.",
    }


def write_record(record: Mapping[str, Any], path: Path) -> Path:
    """Write a record as indented UTF-8 JSON, lists of numbers on one line, whole or not at all; return the path.

    Not-a-number raises ValueError, as JSON has no word for it; OutputError if it cannot be written.
    """
    text = json_text(record, indent=2)
    # No text in the record can look like this: line breaks within texts are escaped.
    text = re.sub(r"\[\n[-+.\deE,\s]+\]", lambda numbers: re.sub(r"\s+", " ", numbers[0]), text)
    with whole_file(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8", errors="backslashreplace")
    return path


def _series_choice(choice: Choice) -> dict[str, Any]:
    return {"statement": choice.statement, "asked_for": choice.asked, "series": [
        {"status": one.status, "why": one.why, "number": one.series.number, "uid": one.series.uid,
         "description": one.series.description, "images": one.series.slices, "kernel": one.series.kernel,
         "thickness_mm": one.series.thickness_mm} for one in choice.ranked]}


def _geometry(frame: Frame, resampled: bool) -> dict[str, Any]:
    return {
        "size_xyz": list(frame.size),
        "spacing_xyz_mm": [round(v, 6) for v in frame.spacing],
        "index_to_lps_mm": _matrix(frame.affine),
        "voxel_volume_mm3": frame.voxel_volume_mm3,
        "slice_increment_mm": round(slice_increment_mm(frame), 6),
        "sheared": frame.is_sheared,
        "resampled": resampled,
    }


def _registration(result: SegmentedScan) -> dict[str, Any]:
    found = result.registration
    return {
        "reference_to_scan_lps_mm": _matrix(found.reference_to_scan),
        "reference_sha256": reference_sha256(),
        "quality": round(float(found.quality), 4),
        "seconds": round(float(found.seconds), 3),
        "warning": found.warning,
    }


def _novelty(found: Novelty) -> dict[str, Any]:
    return {"unlike_usual_scans": found.is_unlike, "distance": known(found.distance),
            "limit": round(found.limit, 4), "false_alarms": found.false_alarms}


def _image_quality(measured: MeasuredQuality) -> dict[str, Any]:
    done = measured.harmonisation
    return {
        "statement": done.statement,
        "edge_fwhm_xyz_mm": [known(v) for v in done.fwhm_mm],
        "noise_sd_hu": known(done.noise_sd_hu),
        "reference_fwhm_mm": REFERENCE_FWHM_MM,
        "blur_sd_xyz_mm": [round(v, 6) for v in done.blur_sd_mm],
        "measured_noise_sd_hu": known(measured.noise_sd_hu),
        "rejected_as_noise": {"lesions": measured.rejected_lesions, "volume_mm3": round(measured.rejected_mm3, 4)},
    }


def known(value: float) -> float | None:
    """Return a number as reports have it: to four digits behind the point, None if it is not known."""
    return round(float(value), 4) if np.isfinite(value) else None


def _matrix(matrix: np.ndarray) -> list[list[float]]:
    return [[round(float(v), 9) + 0.0 for v in row] for row in np.asarray(matrix)]  # + 0.0: no minus zero


def _totals(found: Burden) -> dict[str, Any]:
    both = {segment: found.segment_volume_mm3(segment) for segment in SEGMENTS}
    return {
        **_amount(found.total, both),
        **{side.value: _amount(found.by_side[side], found.volume_by_segment_mm3[side]) for side in Side},
    }


def _amount(amount: Amount, by_segment: Mapping[Segment, float]) -> dict[str, Any]:
    return {
        "volume_mm3": round(amount.volume_mm3, 4),
        "expected_volume_mm3": round(amount.expected_volume_mm3, 4),
        "agatston_score": round(amount.agatston, 4),
        "lesions": amount.lesions,
        "volume_by_segment_mm3": {segment.name: round(volume, 4) for segment, volume in by_segment.items()},
    }
