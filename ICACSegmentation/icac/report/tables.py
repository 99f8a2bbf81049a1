"""The table of lesions, one row each; also the form in which the record holds a lesion."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from icac.anatomy import SEGMENTS
from icac.files import write_csv
from icac.lesions import Lesion

#: Columns of ``lesions.csv`` in order. Units are in the names; names without a unit are counts or shares (0 to 1).
COLUMNS = (
    "id", "side", "segment", "segment_name", "volume_mm3", "voxels",
    *(f"volume_{segment.name.lower()}_mm3" for segment in SEGMENTS),
    "mean_hu", "max_hu", "mean_probability", "bone_contact_share", "agatston_score", "course_distance_mm",
    "center_right_mm", "center_anterior_mm", "center_superior_mm",
    "center_lps_x_mm", "center_lps_y_mm", "center_lps_z_mm",
    "first_slice_index", "last_slice_index", "slices",
    "sd_hu", "surface_mm2", "mean_thickness_mm", "section_thickness_mm", "max_thickness_mm", "mean_arc_deg",
    "max_arc_deg", "length_mm", "lumen_distance_mm", "mass_like_product",
)


def lesion_row(lesion: Lesion) -> dict[str, int | float | str | None]:
    """Return the values of one lesion under the names of :data:`COLUMNS`, rounded for reading.

    ``center_right/anterior/superior_mm`` are the RAS coordinates that Slicer shows. ``mean_probability`` is None where
    there is no probability map, and so is what needs a wall of a lesion that lies on none.
    """
    form = lesion.form
    values = (
        lesion.id, lesion.side.value, lesion.segment.name, lesion.segment.title,
        round(lesion.volume_mm3, 4), lesion.voxels,
        *(round(lesion.volume_by_segment_mm3[segment], 4) for segment in SEGMENTS),
        round(lesion.mean_hu, 2), round(lesion.max_hu, 2), number_or_none(lesion.mean_probability, 4),
        round(lesion.bone_contact, 4), round(lesion.agatston, 4), round(lesion.course_distance_mm, 3),
        *(round(v, 3) for v in lesion.center_ras_mm),
        *(round(v, 3) for v in lesion.center_lps_mm),
        lesion.first_slice, lesion.last_slice, lesion.slices,
        *(number_or_none(value, 3) for value in (
            form.sd_hu, form.surface_mm2, form.mean_thickness_mm, form.section_thickness_mm, form.max_thickness_mm,
            form.mean_arc_deg, form.max_arc_deg, form.length_mm, form.lumen_distance_mm, form.mass_like_product)),
    )
    return dict(zip(COLUMNS, values, strict=True))


def write_lesion_table(lesions: Sequence[Lesion], path: Path) -> Path:
    """Write ``lesions.csv``; only the header if there are no lesions. Returns the path."""
    return write_csv(path, COLUMNS, map(lesion_row, lesions))


def number_or_none(value: float, digits: int) -> float | None:
    """Round a number for reading; None if it is not a number, for which neither CSV nor JSON has a word."""
    return None if math.isnan(value) else round(value, digits)
