"""What the columns of the tables of a cohort mean."""

from __future__ import annotations

import re

#: Meaning of columns by their whole name.
_MEANINGS = {
    "subject": "label of the subject", "session": "label of the session", "scan": "name of the scan in the cohort",
    "status": "measured, failed (see failure), or no scan (only in the joined table)",
    "scans": "different scans of the subject in the cohort; the row is of the first that was measured",
    "failure": "why the scan could not be measured", "path": "where the scan lies", "series": "chosen series",
    "id": "number of the lesion in its scan", "volume_mm3": "ICAC volume: voxels of the segmentation, mm3",
    "right_mm3": "ICAC volume of the right carotid, mm3", "left_mm3": "ICAC volume of the left carotid, mm3",
    "expected_volume_mm3": "expected volume: sum of the probabilities, mm3",
    "expected_low_mm3": "lower end of the 95 % interval of the expected volume, mm3",
    "expected_high_mm3": "upper end of the 95 % interval of the expected volume, mm3",
    "agatston_score": "Agatston-type score", "lesions": "number of lesions",
    "bone_contact_share": "share of the surface that touches bone, 0 to 1, by volume",
    "mean_probability": "mean probability of the voxels, 0 to 1, by volume",
    "registration_quality": "likeness of the bones to the reference head, 0 to 1",
    "registration_warning": "warning of the alignment", "implausible": "why the result cannot be right",
    "warnings": "sentences on the scan and its measurement", "corrections": "what was changed on reading",
    "voxels_sha256": "SHA-256 of the voxels, whatever the names, headers and format of the files",
    "same_voxels_as": "first scan of the cohort with the same voxels: this one is a copy, or one scan under two names",
    "slices": "number of slices", "pixel_mm": "size of a pixel, mm", "slice_increment_mm": "distance of slices, mm",
    "slice_thickness_mm": "thickness of slices, mm", "resampled": "the scan was resampled on reading",
    "manufacturer": "manufacturer of the scanner", "scanner": "model of the scanner", "kernel": "convolution kernel",
    "kvp": "tube voltage, kV", "study_uid": "UID of the study", "series_uid": "UID of the series",
    "series_description": "description of the series", "noise_sd_hu": "SD of the noise of the scan, HU",
    "measured_noise_sd_hu": "SD of the noise in the form that was measured, HU",
    "lesions_rejected_as_noise": "lesions that do not stand out from the noise",
    "harmonise": "whether sharp scans were brought to the reference conditions", "model": "name of the model",
    "model_version": "version of the model", "model_checksum": "SHA-256 of the weights",
    "threshold": "probability above which a voxel is ICAC",
    "lesion_threshold": "probability that some voxel of a lesion must reach",
    "poses": "over how many poses of the head the mean was taken where there may be a lesion",
    "min_lesion_volume_mm3": "smallest lesion that counts, mm3", "device": "computing device",
    "age": "age at the scan, years", "sex": "female or male",
    "norm_percentile": "per cent of people of the same age and sex with less ICAC, in the cohort norm_cohort; of "
                       "somebody without ICAC per cent of people without any",
    "norm_low": "lower end of the 95 % interval of norm_percentile",
    "norm_high": "upper end of the 95 % interval of norm_percentile", "norm_cohort": "name of the norms",
    "norm_statement": "the percentile in words, or why there is none", "review": "decision of the review",
    "side": "right or left carotid", "segment": "segment of the carotid (Bouthillier)", "voxels": "number of voxels",
}

#: Meaning of columns of the table of lesions, where it is another one.
_OF_LESIONS = {
    "volume_mm3": "volume of the lesion, mm3", "segment_name": "name of the segment", "slices": "slices that it spans",
    "mean_hu": "mean density, HU", "max_hu": "highest density, HU",
    "mean_probability": "mean probability of its voxels",
    "bone_contact_share": "share of its surface that touches bone, 0 to 1", "agatston_score": "Agatston-type score",
    "course_distance_mm": "distance of its centre from the centreline, mm",
    "first_slice_index": "first slice, from 0", "last_slice_index": "last slice, from 0",
}

#: Meaning of columns by their form; what stands in brackets is put into the braces.
_FORMS = ((r"(c\d)_mm3", "ICAC volume of segment {0} on both sides, mm3"),
          (r"(right|left)_(c\d)_mm3", "ICAC volume of segment {1} on the {0}, mm3"),
          (r"volume_(c\d)_mm3", "volume of the lesion in segment {0}, mm3"),
          (r"expected_(right|left)_mm3", "expected volume on the {0}, mm3"),
          (r"edge_fwhm_([xyz])_mm", "sharpness along {0}: width of edges, mm"),
          (r"blur_sd_([xyz])_mm", "SD of the blur along {0} by harmonisation, mm"),
          (r"center_lps_([xyz])_mm", "centre of the lesion along LPS {0}, mm"),
          (r"center_(right|anterior|superior)_mm", "centre of the lesion to the {0} (RAS), mm"))


def meaning_of(column: str, table: str = "subjects") -> str:
    """Return what a column of a table (``subjects`` or ``lesions``) means; empty if it is not known."""
    meaning = (_OF_LESIONS.get(column, "") if table == "lesions" else "") or _MEANINGS.get(column, "")
    return meaning or next((words.format(*match.groups()) for form, words in _FORMS
                            if (match := re.fullmatch(form, column))), "")
