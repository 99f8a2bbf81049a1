"""Print the lowest versions that ``pyproject.toml`` declares, as constraints for pip, to try them once in a while.

In an environment of its own::

    python Testing/extension/lowest_versions.py > lowest.txt
    pip install -c lowest.txt '.[test]'
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"

#: ``name[extras]>=1.2`` or ``name==1.2``; a name without a version, as that of the project itself, has no lowest one.
_DECLARED = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(?:\[[^]]*])?(?:>=|==)(?P<version>[0-9.]+)")


def lowest_versions(project: Mapping[str, Any]) -> dict[str, str]:
    """Return the lowest version of each package that a ``pyproject.toml`` declares; of several the highest of them."""
    texts = [*project["dependencies"], *(text for extra in project["optional-dependencies"].values() for text in extra)]
    found: dict[str, str] = {}
    for match in filter(None, map(_DECLARED.match, texts)):
        found[match["name"]] = max(found.get(match["name"], ""), match["version"], key=_parts)
    return found


def _parts(version: str) -> list[int]:
    return [int(part) for part in version.split(".") if part]


def main() -> None:
    """Print the constraints."""
    import tomllib

    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    print("\n".join(f"{name}=={version}" for name, version in lowest_versions(project).items()))


if __name__ == "__main__":
    main()
