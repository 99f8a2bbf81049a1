"""Names and patients of the cases found in a folder."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from icac.worklist.names import stem_of, subject_of
from icac.worklist.walk import FoundFile


def case_names(scans: Sequence[FoundFile], root: Path) -> list[str]:
    """Name each scan by its file, or by its folders from the outermost to the first that no other scan has.

    Two scans never get names that differ only in capital letters.
    """
    count = Counter(key for scan in scans for key in {*map(str.casefold, scan.keys), _joined(scan.keys).casefold()})
    names = [_name(scan, count, root) for scan in scans]
    used: Counter[str] = Counter()
    for number, name in enumerate(names):
        used[name.casefold()] += 1
        if used[name.casefold()] > 1:
            names[number] = f"{name}_{used[name.casefold()]}"
    return names


def patients(scans: Sequence[FoundFile], root: Path) -> list[str]:
    """Tell whose scan each is: the BIDS subject, or the outermost folder of scans that are named by their folders.

    Empty where neither tells. Folders that all scans share do not count.
    """
    common = Path(os.path.commonpath([scan.path.parent for scan in scans]))
    return [subject_of(scan.path.relative_to(root)) or _outer_folder(scan, common) for scan in scans]


def _name(scan: FoundFile, count: Counter[str], root: Path) -> str:
    if scan.key and count[scan.key.casefold()] == 1:
        return scan.key
    for number in range(len(scan.keys) - 1, -1, -1):
        name = _joined(scan.keys[number:])
        if count[scan.keys[number].casefold()] == 1 or (number == 0 and count[name.casefold()] == 1):
            return name
    parts = scan.path.relative_to(root).parts
    return "_".join((*parts[:-1], stem_of(parts[-1]))) if parts else root.name


def _joined(keys: Sequence[str]) -> str:
    """Join keys, which begin with the innermost, from the outermost on."""
    return "_".join(reversed(keys))


def _outer_folder(scan: FoundFile, common: Path) -> str:
    parts = scan.path.relative_to(common).parts
    return parts[0] if parts and not scan.key else ""
