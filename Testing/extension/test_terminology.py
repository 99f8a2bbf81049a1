"""The codes that Slicer offers are those that icac writes, and all of them stand in the DICOM standard."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from icac.report.dicom.terminology import CATEGORY, CONTEXT, REGION, SIDES, TYPE, Code
from icac.report.picture.colors import ICAC_COLOR
from pydicom.sr._concepts_dict import concepts

FOLDER = Path(__file__).resolve().parents[2] / "ICACSegmentation/Resources/Terminologies"


def read(name: str) -> dict:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def code_of(entry: dict) -> Code:
    return Code(entry["CodingSchemeDesignator"], entry["CodeValue"], entry["CodeMeaning"])


@pytest.fixture(scope="module")
def category() -> dict:
    terms = read("ICAC.term.json")
    assert terms["SegmentationCategoryTypeContextName"] == CONTEXT
    return terms["SegmentationCodes"]["Category"][0]


@pytest.fixture(scope="module")
def regions() -> list[dict]:
    terms = read("ICACRegions.term.json")
    assert terms["AnatomicContextName"] == CONTEXT
    return terms["AnatomicCodes"]["AnatomicRegion"]


def test_type_list_holds_the_codes_of_results(category):
    assert code_of(category) == CATEGORY
    assert category["showAnatomy"] is True
    assert [code_of(entry) for entry in category["Type"]] == [TYPE]
    assert tuple(category["Type"][0]["recommendedDisplayRGBValue"]) == ICAC_COLOR


def test_region_list_holds_the_codes_of_results_on_both_sides(regions):
    assert REGION in [code_of(region) for region in regions]
    for region in regions:
        assert [code_of(modifier) for modifier in region["Modifier"]] == list(SIDES.values())


def test_every_code_stands_in_the_dicom_standard(category, regions):
    known = {value for codes in concepts["SCT"].values() for value in codes}
    entries = [category, *category["Type"], *regions, *regions[0]["Modifier"]]
    assert {code_of(entry).scheme for entry in entries} == {"SCT"}
    assert {code_of(entry).value for entry in entries} <= known
