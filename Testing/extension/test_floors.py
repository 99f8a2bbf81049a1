"""Which package of the library may import which, and which folder within it: floors, each on lower ones only."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

LIBRARY = Path(__file__).resolve().parents[2] / "ICACSegmentation" / "icac"

#: Packages and modules from the ground up. Those on one line do not know each other.
FLOORS = (
    "address_space air calcium choices text three __version__",
    "errors",
    "files geometry log logit_histogram progress result_files settings splits",
    "anatomy norms ood",
    "lesions network phantom",
    "reference",
    "models",
    "ct correct",
    "registration cases",
    "course inference",
    "network_region poses result scores second_look",
    "probability ready",
    "trainingset",
    "pipeline report",
    "api change compare review simulate training worklist",
    "attribution cohort evaluation realism",
    "study",
    "cli",
    "__main__",
)

#: What each package may import, and does. A line that grows is a decision: first look whether what is needed belongs
#: further down, or whether the one who asks should be given it.
ALLOWED = {
    "air": "",
    "calcium": "",
    "choices": "",
    "errors": "text",
    "text": "",
    "three": "",
    "files": "errors",
    "geometry": "three",
    "log": "text",
    "logit_histogram": "",
    "progress": "text",
    "result_files": "",
    "settings": "errors",
    "splits": "",
    "anatomy": "",
    "norms": "errors files",
    "ood": "errors",
    "lesions": "calcium geometry anatomy",
    "network": "three errors",
    "phantom": "air geometry anatomy",
    "reference": "files geometry anatomy phantom",
    "models": "errors files settings ood network reference",
    "ct": "air calcium text errors files geometry anatomy norms reference",
    "correct": "calcium errors geometry anatomy lesions",
    "registration": "air errors geometry log anatomy reference ct",
    "cases": "errors files result_files ct",
    "course": "geometry anatomy reference models",
    "inference": "address_space air calcium errors files geometry log settings anatomy network reference models",
    "network_region": "air geometry anatomy network reference inference",
    "scores": "text errors files anatomy",
    "result": "geometry settings anatomy ood lesions ct registration course",
    "trainingset": "air calcium errors files geometry progress splits anatomy network reference ct "
                   "registration network_region",
    "poses": "geometry lesions network inference course",
    "probability": "calcium geometry anatomy reference models inference course poses network_region second_look",
    "second_look": "geometry anatomy lesions network course",
    "ready": "files settings models inference network_region",
    "pipeline": "errors geometry log progress settings anatomy lesions reference models ct "
                "registration course network_region probability ready result scores",
    "report": "air calcium errors files geometry result_files settings anatomy ood lesions reference ct "
              "registration course result scores",
    "api": "geometry progress settings anatomy models result pipeline report",
    "compare": "calcium errors files geometry result_files anatomy lesions ct report",
    "review": "calcium errors files geometry anatomy lesions ct correct registration result scores report",
    "simulate": "air calcium choices errors files geometry progress splits anatomy lesions phantom reference "
                "ct registration trainingset",
    "training": "air calcium errors files geometry logit_histogram progress settings splits anatomy lesions "
                "network reference models ct course inference network_region poses second_look trainingset pipeline",
    "worklist": "errors text files geometry result_files splits ct cases scores report",
    "cohort": "calcium text errors files geometry log progress result_files settings anatomy norms lesions "
              "models ct cases result scores pipeline report",
    "evaluation": "air calcium errors files geometry logit_histogram progress result_files splits anatomy "
                  "lesions ct cases report compare worklist",
    "realism": "air calcium errors files geometry progress anatomy lesions phantom reference ct simulate",
    "study": "calcium errors files geometry logit_histogram progress result_files splits anatomy lesions network "
             "models ct inference trainingset report compare training evaluation",
    "cli": "address_space choices text errors files log progress result_files settings splits anatomy norms ood "
           "network models ct inference ready result scores trainingset pipeline report change compare simulate "
           "training worklist attribution cohort evaluation realism study",
    "__main__": "cli",
    "attribution": "calcium errors files geometry progress result_files lesions network reference models ct "
                   "inference network_region report change",
    "change": "air errors files geometry progress result_files settings anatomy lesions reference ct "
              "registration result pipeline report",
    "address_space": "",
}

#: Folders within a package from the ground up, likewise; "." are the files that lie directly in the package.
FOLDERS = {
    "cli": ("model_actions", "."),
    "cohort": ("scans page", "store", "results", "run", "."),
    "ct": ("series", "dicom formats", "."),
    "evaluation": ("cases", "measures", "statistics", "figures", "results", "readers", "."),
    "network": ("interface", "bortsova2017 deepmedic from_monai pspnet straight", "."),
    "phantom": ("description", "artery skull", "."),
    "report": ("picture", "dicom", "."),
    "simulate": ("patient", "truth", "scanner", "cases", "implant", "sets", "."),
    "study": (".", "methods", "unlabelled"),
    "training": ("settings", "optimization patches", "calibration engine", "second_look", "."),
    "worklist": ("blinded records", "."),
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
    """Return for each folder within a package which others of it its files import; "." is the package itself."""
    folders = _folders(package)
    return {folder: {name if name in folders else "." for path in _files(LIBRARY / package, folder)
                     for name in _within(package, path)} - {folder} for folder in folders}


def _files(package: Path, folder: str) -> Iterator[Path]:
    return package.glob("*.py") if folder == "." else (package / folder).rglob("*.py")


def _within(package: str, path: Path) -> set[str]:
    """Return the first names within a package that a file imports."""
    return {module.split(".")[2] for module in _modules(path) if module.startswith(f"icac.{package}.")}


def _folders(package: str) -> set[str]:
    """Return the folders within a package and, if there are any, "." for the files beside them."""
    folders = {path.parent.name for path in (LIBRARY / package).glob("*/__init__.py")}
    return folders | {"."} if folders else folders


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


def _allowed() -> dict[str, set[str]]:
    return {name: set(others.split()) for name, others in ALLOWED.items()}


def _beyond(some: dict[str, set[str]], others: dict[str, set[str]]) -> list[str]:
    return [f"{name} -> {other}" for name, names in some.items() for other in names - others.get(name, set())]


def test_packages_import_what_is_allowed_and_nothing_is_allowed_that_none_needs():
    found, allowed = imports(), _allowed()
    assert _beyond(found, allowed) == []
    assert _beyond(allowed, found) == []


def test_allowed_imports_go_down():
    assert _upwards(FLOORS, _allowed()) == []


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
