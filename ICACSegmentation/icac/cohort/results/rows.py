"""A finished scan as a row of the table of scans, and its lesions as rows of theirs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from icac.anatomy import SEGMENTS, Side
from icac.cohort.results.expected_interval import expected_interval
from icac.lesions import Lesion
from icac.lesions.morphometry import Morphometry
from icac.lesions.plausible import implausible
from icac.lesions.slices import slice_increment_mm
from icac.report.record import known, measured_record
from icac.report.tables import lesion_row
from icac.result import SegmentedScan
from icac.scores import propose_scores, rules_of

#: What the header of the scan tells, as it is called in the table.
_IDENTITY = {"manufacturer": "manufacturer", "model": "scanner", "kernel": "kernel", "kvp": "kvp",
             "slice_thickness_mm": "slice_thickness_mm", "study_uid": "study_uid", "series_uid": "series_uid",
             "series_number": "series_number", "series_description": "series_description"}


def scan_row(result: SegmentedScan) -> dict[str, Any]:
    """Return the row of a scan; units are in the names of the columns."""
    burden, frame = result.burden, result.scan.volume.frame
    low, high = expected_interval(result.measured.ct, result.probability)
    row: dict[str, Any] = {"volume_mm3": burden.total.volume_mm3}
    row |= {f"{side.value}_mm3": burden.by_side[side].volume_mm3 for side in Side}
    row |= {f"{segment.name.lower()}_mm3": burden.segment_volume_mm3(segment) for segment in SEGMENTS}
    row |= {f"{side.value}_{segment.name.lower()}_mm3": burden.volume_by_segment_mm3[side][segment]
            for side in Side for segment in SEGMENTS}
    row |= {"expected_volume_mm3": burden.total.expected_volume_mm3, "expected_low_mm3": low,
            "expected_high_mm3": high}
    row |= {f"expected_{side.value}_mm3": burden.by_side[side].expected_volume_mm3 for side in Side}
    row |= {"agatston_score": burden.total.agatston}
    row = {name: round(float(value), 4) for name, value in row.items()}
    row |= {"lesions": len(result.lesions),
            "bone_contact_share": _by_volume(result.lesions, lambda lesion: lesion.bone_contact),
            "mean_probability": _by_volume(result.lesions, lambda lesion: lesion.mean_probability),
            "registration_quality": round(float(result.registration.quality), 4),
            "registration_warning": result.registration.warning or "",
            "implausible": implausible(result.lesions),
            "warnings": " ".join(result.warnings), "corrections": " ".join(result.scan.corrections),
            "voxels_sha256": result.scan.voxels_sha256, "slices": frame.size[2],
            "pixel_mm": round(float(frame.spacing[0]), 4),
            "slice_increment_mm": round(slice_increment_mm(frame), 4), "resampled": result.scan.resampled}
    row |= _forms_and_scores(result)
    row |= _quality(result)
    row |= {column: result.scan.identity.get(key, "") for key, column in _IDENTITY.items()}
    row |= {"series_choice": result.scan.choice.statement if result.scan.choice else ""}
    return row | {"model": result.model.name, "model_version": result.model.version,
                  "model_checksum": result.model.checksum, "threshold": float(result.threshold),
                  "lesion_threshold": float(result.lesion_threshold), "poses": int(result.poses),
                  "min_lesion_volume_mm3": float(result.settings.min_volume_mm3), "device": result.device}


def _forms_and_scores(result: SegmentedScan) -> dict[str, Any]:
    """Return the form of the calcium of all and of each side, and the proposed scores."""
    measured = measured_record(result.lesions)
    forms = measured["morphometry"]
    parts = {"both": "", **{side.value: f"{side.value}_" for side in Side}}
    row = {f"{prefix}{name}": forms[part][name] for part, prefix in parts.items()
           for name in Morphometry.names() if name != "lesions"}
    for side, score in propose_scores(measured, rules_of(result.settings.scores)).items():
        row |= {f"{side.value}_lesions": forms[side.value]["lesions"],
                **{f"{side.value}_{name}": value for name, value in score.record().items()}}
    return row


def _quality(result: SegmentedScan) -> dict[str, Any]:
    measured, done = result.measured, result.measured.harmonisation
    row = {f"edge_fwhm_{axis}_mm": known(value) for axis, value in zip("xyz", done.fwhm_mm, strict=True)}
    row |= {f"blur_sd_{axis}_mm": round(value, 4) for axis, value in zip("xyz", done.blur_sd_mm, strict=True)}
    return row | {"noise_sd_hu": known(done.noise_sd_hu), "measured_noise_sd_hu": known(measured.noise_sd_hu),
                  "lesions_rejected_as_noise": measured.rejected_lesions, "harmonise": result.settings.harmonise}


def lesion_rows(result: SegmentedScan) -> list[dict[str, Any]]:
    """Return the rows of the lesions of a scan, by falling volume; columns as in ``lesions.csv`` of a scan."""
    return [dict(lesion_row(lesion)) for lesion in result.lesions]


def _by_volume(lesions: Sequence[Lesion], value: Callable[[Lesion], float]) -> float | None:
    """Return the mean of a property of the lesions, weighted by volume; None without lesions."""
    volume = sum(lesion.volume_mm3 for lesion in lesions)
    return round(sum(value(lesion) * lesion.volume_mm3 for lesion in lesions) / volume, 4) if volume else None
