"""Every file of the module is packaged: the lists in CMakeLists.txt are those of the tree."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="module")
def lists():
    spec = importlib.util.spec_from_file_location("list_files", HERE / "list_files.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_lists_are_those_of_the_tree(lists):
    lines = lists.differences(lists.files_in_cmake(lists.CMAKE.read_text(encoding="utf-8")), lists.files_in_tree())
    assert not lines, "\n".join([*lines, "Run: python Testing/extension/list_files.py --write"])


def test_only_the_module_file_lies_at_the_top(lists):
    """Slicer takes every Python file beside the module's for a module of its own."""
    assert [path.name for path in lists.MODULE.glob("*.py")] == ["ICACSegmentation.py"]


CMAKE = """
set(MODULE_NAME Heart)  # set(MODULE_PYTHON_SCRIPTS commented.py)
set( MODULE_PYTHON_SCRIPTS ${MODULE_NAME}.py "HeartLib/a b.py"
  HeartLib/twice.py  # HeartLib/not_this.py
  HeartLib/twice.py)
set(MODULE_PYTHON_RESOURCES
  )
"""


def test_lists_are_read_past_comments_quotes_and_variables(lists):
    listed = lists.files_in_cmake(CMAKE)
    assert listed[lists.SCRIPTS] == ["Heart.py", "HeartLib/a b.py", "HeartLib/twice.py", "HeartLib/twice.py"]
    assert listed[lists.RESOURCES] == []


def test_differences_name_missing_superfluous_and_repeated_files(lists):
    wanted = {lists.SCRIPTS: ["Heart.py", "HeartLib/twice.py"], lists.RESOURCES: ["Resources/icon.png"]}
    assert lists.differences(lists.files_in_cmake(CMAKE), wanted) == [
        "HeartLib/a b.py is listed in MODULE_PYTHON_SCRIPTS, but there is no such file.",
        "HeartLib/twice.py is listed twice in MODULE_PYTHON_SCRIPTS.",
        "Resources/icon.png is not listed in MODULE_PYTHON_RESOURCES."]


def test_written_lists_are_read_back(lists):
    wanted = {lists.SCRIPTS: ["Heart.py"], lists.RESOURCES: ["Resources/icon.png", "Resources/UI/Heart.ui"]}
    assert lists.files_in_cmake(lists.with_lists("set(MODULE_NAME Heart)\n" + CMAKE, wanted)) == wanted
