"""Imports go one way: module, panel library, icac; in the library from the sections to what they share."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

MODULE = Path(__file__).resolve().parents[2] / "ICACSegmentation"
LIBRARY = MODULE / "ICACSegmentationLib"
#: A folder imports itself and folders to its left.
ORDER = ["common", "scene", "result", "run", "show", "compare", "change", "review", "explain", "scores", "correct",
         "worklist", "export"]


def imported(path: Path) -> set[str]:
    """Return the dotted names of the modules that a file imports, wherever in the file."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return names | {node.module for node in nodes if isinstance(node, ast.ImportFrom)}


def test_all_folders_are_in_the_order():
    assert {path.parent.name for path in LIBRARY.glob("*/__init__.py")} == set(ORDER)


@pytest.mark.parametrize("folder", ORDER)
def test_folders_import_only_what_stands_before_them(folder):
    allowed = set(ORDER[:ORDER.index(folder) + 1])
    for path in (LIBRARY / folder).glob("*.py"):
        parts = {name.split(".")[1] for name in imported(path) if name.startswith("ICACSegmentationLib.")}
        assert parts <= allowed, path


def test_icac_imports_neither_the_panel_nor_the_application():
    for path in (MODULE / "icac").rglob("*.py"):
        roots = {name.split(".")[0] for name in imported(path)}
        assert not roots & {"ICACSegmentationLib", "ICACSegmentation", "slicer", "qt", "ctk", "vtk"}, path


def circles(imports: dict[str, set[str]]) -> set[str]:
    """Return the files that import each other in a circle, and those above them: what is left once all others go."""
    while free := {name for name, others in imports.items() if not others & imports.keys()}:
        imports = {name: others for name, others in imports.items() if name not in free}
    return set(imports)


def imported_files() -> dict[str, set[str]]:
    """Return for each file of the module, by its dotted name, those that it imports, also for types only."""
    paths = {".".join(path.relative_to(MODULE).with_suffix("").parts).removesuffix(".__init__"): path
             for path in MODULE.rglob("*.py")}
    return {name: {found if found in paths else found.rpartition(".")[0] for found in _named(path)} - {name}
            for name, path in paths.items()}


def _named(path: Path) -> set[str]:
    """Return what a file imports, as dotted names of files or of what is in them.

    Left out is what an architecture imports to make its network (``Architecture.network``), which knows its choices.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    makers = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == "network"]
    nodes = set(ast.walk(tree)) - {inner for node in makers for inner in ast.walk(node)}
    return {f"{node.module}.{alias.name}" for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names}


def test_circles_are_found():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": {"x"}, "e": {"d"}}) == {"a", "b", "c"}


def test_no_files_import_each_other_in_a_circle():
    assert circles(imported_files()) == set()
