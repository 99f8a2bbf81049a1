"""The panel runs in both generations of the application, with Qt 5.15 and Qt 6, and up to Python 3.12."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

MODULE = Path(__file__).resolve().parents[2] / "ICACSegmentation"
FILES = sorted([MODULE / "ICACSegmentation.py", *(MODULE / "ICACSegmentationLib").rglob("*.py")])

#: Names that only one generation of Qt has, or that PythonQt spells in another way there: pattern, what it is.
OF_ONE_GENERATION = {
    r"qt(\.[A-Z]\w*){3}": "a scoped enumeration; write qt.Qt.AlignLeft, which both generations know",
    r"\.exec\(": "PythonQt of Qt 5 calls it exec_",
    r"\.(position|globalPosition|scenePosition|points)\(\)": "positions of events in Qt 6",
    r"\b(checkStateChanged|colorScheme|QKeyCombination|QPermission|QStringConverter|QEnterEvent)\b": "new in Qt 6",
    r"\bqt\.(QRegExp|QTextCodec|QDesktopWidget|QStringRef|QGLWidget|QSignalMapper)\b": "gone in Qt 6",
    r"fontMetrics\(\)\.width\(|\bQt\.(MidButton|SystemLocaleDate)\b": "gone in Qt 6",
    r"\bimport (PySide|PyQt)|\bfrom (PySide|PyQt)": "not in the application",
}

#: Modules and names of the library of Python that came after 3.12.
NEW_MODULES = {"annotationlib", "compression", "concurrent.interpreters", "pathlib.types", "string.templatelib",
               "dbm.sqlite3"}
NEW_NAMES = {"copy": {"replace"}, "warnings": {"deprecated"}, "typing": {"ReadOnly", "TypeIs", "NoDefault"},
             "queue": {"ShutDown"}, "os": {"process_cpu_count", "EventType"}}


def offences(source: str) -> list[str]:
    """Return what in a source text is not for both generations."""
    found = [f"{match[0]}: {why}" for pattern, why in OF_ONE_GENERATION.items()
             for match in re.finditer(pattern, source)]
    tree = ast.parse(source, feature_version=(3, 12))
    return found + [name for node in ast.walk(tree) for name in _new_names(node)]


def _new_names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names if alias.name in NEW_MODULES]
    if isinstance(node, ast.ImportFrom):
        new = NEW_NAMES.get(node.module or "", set())
        return [f"{node.module}.{alias.name}" for alias in node.names
                if node.module in NEW_MODULES or alias.name in new]
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return [f"{node.value.id}.{node.attr}"] if node.attr in NEW_NAMES.get(node.value.id, set()) else []
    return []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(MODULE)))
def test_nothing_is_of_one_generation_only(path):
    assert offences(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("source", [
    "qt.Qt.AlignmentFlag.AlignLeft", "dialog.exec()", "event.position()", "import PySide6.QtCore", "qt.QRegExp('a')",
    "import annotationlib", "from copy import replace", "import warnings\nwarnings.deprecated('x')",
])
def test_what_is_of_one_generation_is_found(source):
    assert offences(source)


def test_what_both_have_is_not_found():
    assert offences("import copy\ntable.setAlignment(qt.Qt.AlignLeft)\ndialog.exec_()\nqt.QSizePolicy.Fixed") == []
