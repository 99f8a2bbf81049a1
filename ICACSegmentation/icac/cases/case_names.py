"""Names and patients of the cases found in a folder."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from icac.cases.file_names import stem_of, subject_of
from icac.cases.look_through import FoundFile

#: Folders with more scans are not taken for a patient's, but for those of a site or a year.
MOST_OF_ONE_PATIENT = 10


def case_names(scans: Sequence[FoundFile], root: Path) -> list[str]:
    """Name each scan by its file, or by its folders from the outermost to the first that no other scan has.

    What all scans have in common is left out. Two scans never get names that differ only in capital letters.
    """
    common = Counter(key.casefold() for scan in scans for key in set(scan.keys))
    keys = [[key for key in scan.keys if len(scans) == 1 or common[key.casefold()] < len(scans)] for scan in scans]
    count = Counter(key for own in keys for key in {*map(str.casefold, own), _joined(own).casefold()})
    names = [_name(scan, own, count, root) for scan, own in zip(scans, keys, strict=True)]
    used: set[str] = set()
    for place, name in enumerate(names):
        number = 1
        while names[place].casefold() in used:
            number += 1
            names[place] = f"{name}_{number}"
        used.add(names[place].casefold())
    return names


def patients(scans: Sequence[FoundFile], root: Path) -> list[str]:
    """Tell whose scan each is: the BIDS subject, or the outermost folder that may be of one patient.

    Empty where neither tells, as with files that have names of their own. Folders that all scans share do not count.
    """
    common = Path(os.path.commonpath([scan.path.parent for scan in scans]))
    below = Counter(folder for scan in scans for folder in (scan.path, *scan.path.parents))
    return [subject_of(scan.path.relative_to(root)) or _patient_folder(scan, common, below) for scan in scans]


def _name(scan: FoundFile, keys: Sequence[str], count: Mapping[str, int], root: Path) -> str:
    if scan.key and count[scan.key.casefold()] == 1:
        return scan.key
    for number in range(len(keys) - 1, -1, -1):
        name = _joined(keys[number:])
        if count[keys[number].casefold()] == 1 or (number == 0 and count[name.casefold()] == 1):
            return name
    parts = scan.path.relative_to(root).parts
    return "_".join((*parts[:-1], stem_of(parts[-1]))) if parts else root.name


def _joined(keys: Sequence[str]) -> str:
    """Join keys, which begin with the innermost, from the outermost on."""
    return "_".join(reversed(keys))


def _patient_folder(scan: FoundFile, common: Path, below: Mapping[Path, int]) -> str:
    if scan.key:
        return ""
    folders = [folder for folder in (*reversed(scan.path.parents), scan.path) if common in folder.parents]
    patient = next((folder for folder in folders if below[folder] <= MOST_OF_ONE_PATIENT), None)
    return patient.relative_to(common).as_posix() if patient else ""
