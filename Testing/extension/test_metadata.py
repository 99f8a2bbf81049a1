"""What the extension says of itself: CMakeLists.txt, the .s4ext and the index entry agree and are complete."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from PIL import Image

REPOSITORY = Path(__file__).resolve().parents[2]
S4EXT_KEYS = ["scm", "scmurl", "scmrevision", "depends", "recommends", "build_subdirectory", "homepage",
              "contributors", "category", "iconurl", "status", "tier", "description", "screenshoturls", "enabled",
              "dicom_support_rule", "keywords"]
INDEX_REQUIRED = {"$schema", "category", "scm_url"}
INDEX_ALLOWED = INDEX_REQUIRED | {"scm_revision", "scm_type", "build_dependencies", "build_subdirectory", "enabled",
                                  "tier"}


@pytest.fixture(scope="module")
def cmake() -> dict[str, str]:
    text = (REPOSITORY / "CMakeLists.txt").read_text(encoding="utf-8")
    return dict(re.findall(r'^set\(EXTENSION_(\w+) "([^"\n]*)"\)$', text, re.MULTILINE))


@pytest.fixture(scope="module")
def s4ext() -> dict[str, str]:
    lines = (REPOSITORY / "ICACSegmentation.s4ext").read_text(encoding="utf-8").splitlines()
    rows = [line.partition(" ") for line in lines if line.strip() and not line.startswith("#")]
    return {key: value.strip() for key, _, value in rows}


@pytest.fixture(scope="module")
def index() -> dict:
    return json.loads((REPOSITORY / "Resources/ExtensionsIndex/ICACSegmentation.json").read_text(encoding="utf-8"))


def test_project_is_named_like_the_index_entry():
    text = (REPOSITORY / "CMakeLists.txt").read_text(encoding="utf-8")
    assert re.search(r"^project\(ICACSegmentation\)$", text, re.MULTILINE)


def test_s4ext_has_the_keys_of_the_template_in_order(s4ext):
    assert list(s4ext) == S4EXT_KEYS
    assert all(s4ext[key] for key in S4EXT_KEYS if key != "dicom_support_rule")


@pytest.mark.parametrize(("field", "key"), [
    ("HOMEPAGE", "homepage"), ("CONTRIBUTORS", "contributors"), ("CATEGORY", "category"), ("ICONURL", "iconurl"),
    ("DESCRIPTION", "description"), ("SCREENSHOTURLS", "screenshoturls"), ("DEPENDS", "depends")])
def test_s4ext_says_what_cmake_says(cmake, s4ext, field, key):
    assert s4ext[key] == cmake[field]


def test_index_entry_follows_the_schema(index):
    assert set(index) >= INDEX_REQUIRED
    assert set(index) <= INDEX_ALLOWED
    assert isinstance(index["build_dependencies"], list)
    assert index["scm_type"] in ("git", "local")
    assert index["tier"] in range(1, 6)
    assert isinstance(index["enabled"], bool)
    assert Path(index["scm_url"]).name.startswith("Slicer"), "the index wants repositories called Slicer..."


def test_index_entry_says_what_cmake_and_s4ext_say(cmake, s4ext, index):
    assert index["build_dependencies"] == cmake["DEPENDS"].split()
    assert (index["category"], index["scm_url"], index["scm_revision"], index["scm_type"], index["tier"]) == (
        s4ext["category"], s4ext["scmurl"], s4ext["scmrevision"], s4ext["scm"], int(s4ext["tier"]))


def test_pictures_behind_the_links_are_in_the_repository(cmake):
    prefix = cmake["HOMEPAGE"].replace("github.com", "raw.githubusercontent.com") + "/main/"
    for url in [cmake["ICONURL"], *cmake["SCREENSHOTURLS"].split()]:
        assert url.startswith(prefix)
        assert Image.open(REPOSITORY / url.removeprefix(prefix)).format == "PNG"


def test_icon_is_128_pixels_with_transparency():
    icon = Image.open(REPOSITORY / "ICACSegmentation/Resources/Icons/ICACSegmentation.png")
    assert icon.size == (128, 128)
    assert icon.mode == "RGBA"
