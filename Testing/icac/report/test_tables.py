from __future__ import annotations

import csv
from pathlib import Path

import pytest
from icac.report.tables import COLUMNS, write_lesion_table
from icac.result import SegmentedScan


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_columns_keep_their_order() -> None:
    assert COLUMNS == (
        "id", "side", "segment", "segment_name", "volume_mm3", "voxels", "volume_c2_mm3", "volume_c3_mm3",
        "volume_c4_mm3", "volume_c5_mm3", "volume_c6_mm3", "volume_c7_mm3", "mean_hu", "max_hu", "mean_probability",
        "bone_contact_share", "agatston_score", "course_distance_mm", "center_right_mm", "center_anterior_mm",
        "center_superior_mm", "center_lps_x_mm", "center_lps_y_mm", "center_lps_z_mm", "first_slice_index",
        "last_slice_index", "slices", "sd_hu", "surface_mm2", "mean_thickness_mm", "section_thickness_mm",
        "max_thickness_mm", "mean_arc_deg", "max_arc_deg", "length_mm", "lumen_distance_mm", "mass_like_product")


def test_rows_hold_the_lesions_by_falling_volume(content: SegmentedScan, tmp_path: Path) -> None:
    rows = read(write_lesion_table(content.lesions, tmp_path / "lesions.csv"))
    assert [(row["id"], row["side"], row["segment"], row["segment_name"]) for row in rows] == [
        ("1", "left", "C4", "cavernous"), ("2", "right", "C3", "lacerum"), ("3", "left", "C6", "ophthalmic")]
    right = rows[1]
    assert float(right["volume_mm3"]) == pytest.approx(3 * 1.6)
    assert float(right["volume_c3_mm3"]) == pytest.approx(3 * 1.6)
    # Slicer shows x to the patient's right negated: the right lesion has a positive R coordinate.
    assert float(right["center_lps_x_mm"]) == pytest.approx(-20)
    assert float(right["center_right_mm"]) == pytest.approx(20)
    assert float(right["center_anterior_mm"]) == pytest.approx(-float(right["center_lps_y_mm"]))
    assert (right["first_slice_index"], right["last_slice_index"], right["slices"]) == ("8", "8", "1")


def test_a_run_without_icac_writes_the_header_only(tmp_path: Path) -> None:
    path = write_lesion_table((), tmp_path / "lesions.csv")
    assert path.read_text(encoding="utf-8") == ",".join(COLUMNS) + "\n"
