"""Files take their names in one place, ``icac.files``: nobody else renames, so nobody writes a half file."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

MODULE = Path(__file__).resolve().parents[2] / "ICACSegmentation"
HOME = MODULE / "icac" / "files"

#: Functions of modules that give a file another name.
RENAMING = {("os", "replace"), ("os", "rename"), ("os", "renames"), ("os", "link"), ("shutil", "move")}

#: What is replaced there is an input of a graph of OpenVINO.
NO_FILE = {"openvino_traced.py"}


def renames(text: str) -> list[int]:
    """Return the lines in which a file gets another name; that of a text, with two arguments, is no file's."""
    return [node.lineno for node in ast.walk(ast.parse(text))
            if (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _renames(node, node.func))
            or (isinstance(node, ast.ImportFrom) and {(node.module, alias.name) for alias in node.names} & RENAMING)]


def _renames(call: ast.Call, function: ast.Attribute) -> bool:
    owner = function.value.id if isinstance(function.value, ast.Name) else ""
    of_path = function.attr == "rename" or (function.attr == "replace" and len(call.args) == 1)
    return (owner, function.attr) in RENAMING or of_path


@pytest.mark.parametrize(("line", "found"), [
    ("os.replace(a, b)", True), ("Path(a).replace(b)", True), ("a.rename(b)", True), ("shutil.move(a, b)", True),
    ("from os import replace", True), ("text.replace('a', 'b')", False), ("replace(plan, tilt=1)", False),
    ("spec.replace(name='a')", False)])
def test_renaming_is_told_from_changing_a_text(line, found):
    assert bool(renames(line)) is found


def test_only_files_renames():
    assert renames((HOME / "whole.py").read_text(encoding="utf-8")), "or the test could not tell"
    found = {path.name for path in MODULE.rglob("*.py") if HOME not in path.parents
             and renames(path.read_text(encoding="utf-8"))}
    assert found == NO_FILE
