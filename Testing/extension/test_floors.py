"""Which package of the library may import which: floors, each of which rests on lower ones only."""

import ast
from pathlib import Path

LIBRARY = Path(__file__).resolve().parents[2] / "ICACSegmentation" / "icac"

#: Packages and modules from the ground up. Those on one line do not know each other.
FLOORS = (
    "errors text calcium __version__",
    "progress files geometry",
    "anatomy",
    "lesions network phantom",
    "reference models",
    "ct correct",
    "registration",
    "course inference",
    "network_region calibration",
    "trainingset",
    "report",
    "compare review pipeline simulate training worklist",
    "cohort evaluation realism",
    "study",
    "cli",
    "__main__",
)

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


def test_every_package_has_its_floor():
    assert set(imports()) == {name for floor in FLOORS for name in floor.split()} - _ANYWHERE


def test_imports_go_down():
    height = {name: number for number, floor in enumerate(FLOORS) for name in floor.split()}
    up = [f"{name} -> {other}" for name, others in imports().items() for other in others
          if height[other] >= height[name]]
    assert up == []
