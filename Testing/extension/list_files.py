"""List the files of the Slicer module in its CMakeLists.txt; a file that is not listed is not packaged.

Run after adding, renaming or removing a file below ``ICACSegmentation/``::

    python Testing/extension/list_files.py            # say what differs, exit code 1 if anything does
    python Testing/extension/list_files.py --write    # write both lists
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

MODULE = Path(__file__).resolve().parents[2] / "ICACSegmentation"
CMAKE = MODULE / "CMakeLists.txt"
SCRIPTS, RESOURCES = "MODULE_PYTHON_SCRIPTS", "MODULE_PYTHON_RESOURCES"
FOLDERS = ("ICACSegmentationLib", "Resources", "icac")


def files_in_tree() -> dict[str, list[str]]:
    """Return the files to package, relative to the module folder, as ``{list name: sorted paths}``."""
    found = [MODULE / "ICACSegmentation.py"]
    for folder in FOLDERS:
        found += [path for path in (MODULE / folder).rglob("*") if path.is_file() and _is_ours(path)]
    names = sorted(path.relative_to(MODULE).as_posix() for path in found)
    return {SCRIPTS: [name for name in names if name.endswith(".py")],
            RESOURCES: [name for name in names if not name.endswith(".py")]}


def _is_ours(path: Path) -> bool:
    """Tell files of the project from what Python and desktops leave behind."""
    return "__pycache__" not in path.parts and not path.name.startswith(".") and path.suffix != ".pyc"


def files_in_cmake(text: str) -> dict[str, list[str]]:
    """Return the paths of both lists in the text of a CMakeLists.txt, with ``${MODULE_NAME}`` filled in."""
    text = re.sub(r"#.*", "", text)
    module = re.search(r"\bset\s*\(\s*MODULE_NAME\s+(\S+?)\s*\)", text).group(1)
    return {name: [_word(word, module) for word in re.findall(r'"[^"]*"|[^\s"]+', _body(text, name))]
            for name in (SCRIPTS, RESOURCES)}


def _body(text: str, name: str) -> str:
    return re.search(rf"\bset\s*\(\s*{name}\b([^)]*)\)", text).group(1)


def _word(word: str, module: str) -> str:
    return word.strip('"').replace("${MODULE_NAME}", module)


def with_lists(text: str, lists: dict[str, list[str]]) -> str:
    """Return the text of a CMakeLists.txt with both lists replaced."""
    for name, paths in lists.items():
        body = "".join(f"\n  {path}" for path in paths)
        text = re.sub(rf"(\bset\s*\(\s*{name}\b)[^)]*\)", lambda match, body=body: f"{match[1]}{body}\n  )", text)
    return text


def differences(listed: dict[str, list[str]], wanted: dict[str, list[str]]) -> list[str]:
    """Return one sentence for each file that is missing from, superfluous in, or repeated in a list."""
    lines = []
    for name, paths in wanted.items():
        lines += [f"{path} is not listed in {name}." for path in sorted(set(paths) - set(listed[name]))]
        lines += [f"{path} is listed in {name}, but there is no such file."
                  for path in sorted(set(listed[name]) - set(paths))]
        lines += [f"{path} is listed twice in {name}."
                  for path in sorted({path for path in listed[name] if listed[name].count(path) > 1})]
    return lines


def main() -> int:
    """Compare or write the lists; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write both lists into the CMakeLists.txt")
    text, wanted = CMAKE.read_text(encoding="utf-8"), files_in_tree()
    if parser.parse_args().write:
        CMAKE.write_text(with_lists(text, wanted), encoding="utf-8", newline="\n")
        return 0
    lines = differences(files_in_cmake(text), wanted)
    print("\n".join(lines) or "The lists in CMakeLists.txt are complete.")
    return bool(lines)


if __name__ == "__main__":
    sys.exit(main())
