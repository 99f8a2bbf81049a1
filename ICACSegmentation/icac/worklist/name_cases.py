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
    count = Counter(key.casefold() for scan in scans for key in set(scan.keys))
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
    outer = list(reversed(scan.keys))
    unique = next((number for number, key in enumerate(outer) if count[key.casefold()] == 1), None)
    if unique is not None:
        return "_".join(outer[:unique + 1])
    parts = scan.path.relative_to(root).parts
    return "_".join((*parts[:-1], stem_of(parts[-1]))) if parts else root.name


def _outer_folder(scan: FoundFile, common: Path) -> str:
    parts = scan.path.relative_to(common).parts
    return parts[0] if parts and not scan.key else ""
