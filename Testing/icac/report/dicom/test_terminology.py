from __future__ import annotations

from icac.anatomy import Side
from icac.report.dicom.terminology import terminology_entry


def test_entries_have_the_seven_parts_slicer_expects() -> None:
    assert terminology_entry(Side.LEFT).split("~") == [
        "ICAC", "SCT^49755003^Morphologically Altered Structure", "SCT^18115005^Pathologic calcification", "^^",
        "ICAC", "SCT^86117002^Internal Carotid Artery", "SCT^7771000^Left"]
    assert terminology_entry(Side.RIGHT).endswith("~SCT^24028007^Right")


def test_both_sides_together_have_no_laterality() -> None:
    assert terminology_entry().endswith("~SCT^86117002^Internal Carotid Artery~^^")
