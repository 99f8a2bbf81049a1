"""Which package of the library may import which, and which folder within it: floors, each on lower ones only."""

import ast
from pathlib import Path

import pytest

LIBRARY = Path(__file__).resolve().parents[2] / "ICACSegmentation" / "icac"

#: Packages and modules from the ground up. Those on one line do not know each other.
FLOORS = (
    "air calcium choices text three __version__",
    "errors",
    "files geometry log progress result_files settings splits",
    "anatomy",
    "lesions network phantom",
    "reference",
    "models",
    "ct correct",
    "registration cases",
    "course inference",
    "network_region calibration result",
    "trainingset",
    "pipeline report",
    "api compare review simulate training worklist",
    "cohort evaluation realism",
    "study",
    "cli",
    "__main__",
)

#: Folders within a package from the ground up, likewise; files that lie directly in the package serve all of them.
FOLDERS = {
    "cohort": ("scans page", "store", "results", "run"),
    "ct": ("dicom formats",),
    "evaluation": ("cases", "measures", "statistics", "figures", "results"),
    "phantom": ("artery skull",),
    "report": ("picture",),
    "simulate": ("patient", "truth", "scanner", "cases", "implant", "sets"),
    "training": ("settings", "optimization patches", "calibration engine"),
    "worklist": ("blinded find",),
}

#: Files in one folder at most; beyond it a folder is cut by ideas.
FILES = 24

#: What every file may import: the package itself gives the version and the two functions of everyday use.
_ANYWHERE = {"__version__"}


def imports() -> dict[str, set[str]]:
    """Return for each package or module which others its files import, also within functions and for types."""
    found: dict[str, set[str]] = {}
    for path in LIBRARY.rglob("*.py"):
        parts = path.relative_to(LIBRARY).with_suffix("").parts
        if parts == ("__init__",):
            continue
        found.setdefault(parts[0], set()).update(_imported(path) - {parts[0]} - _ANYWHERE)
    return found


def _imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "icac":
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("icac."):
            names.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            names |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("icac.")}
    return names


def folder_imports(package: str) -> dict[str, set[str]]:
    """Return for each folder within a package which others of it its files import."""
    folders = _folders(package)
    return {folder: {module.split(".")[2] for path in (LIBRARY / package / folder).rglob("*.py")
                     for module in _modules(path) if module.startswith(f"icac.{package}.")} & folders - {folder}
            for folder in folders}


def _folders(package: str) -> set[str]:
    return {path.parent.name for path in (LIBRARY / package).glob("*/__init__.py")}


def _modules(path: Path) -> set[str]:
    """Return what a file imports, as dotted names of modules or of what is in them."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    return {f"{node.module}.{alias.name}" for node in nodes if isinstance(node, ast.ImportFrom)
            for alias in node.names} | {alias.name for node in nodes if isinstance(node, ast.Import)
                                        for alias in node.names}


def _upwards(floors: tuple[str, ...], found: dict[str, set[str]]) -> list[str]:
    height = {name: number for number, floor in enumerate(floors) for name in floor.split()}
    return [f"{name} -> {other}" for name, others in found.items() for other in others
            if height[other] >= height[name]]


def test_every_package_has_its_floor():
    assert set(imports()) == {name for floor in FLOORS for name in floor.split()} - _ANYWHERE


def test_imports_go_down():
    assert _upwards(FLOORS, imports()) == []


def test_every_folder_within_a_package_has_its_floor():
    packages = {path.parent.name for path in LIBRARY.glob("*/__init__.py")}
    assert {package: _folders(package) for package in packages if _folders(package)} == {
        package: {name for floor in floors for name in floor.split()} for package, floors in FOLDERS.items()}


@pytest.mark.parametrize("package", FOLDERS)
def test_imports_within_a_package_go_down(package):
    assert _upwards(FOLDERS[package], folder_imports(package)) == []


def test_no_folder_is_too_long_to_be_read():
    counts = {path.parent: len(list(path.parent.glob("*.py"))) for path in LIBRARY.rglob("__init__.py")}
    assert {folder.name: count for folder, count in counts.items() if count > FILES} == {}
