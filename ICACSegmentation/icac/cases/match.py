"""Which region or folder of results belongs to which scan."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from icac.cases.look_through import FoundFile


def match_files(scans: Sequence[FoundFile], files: Sequence[FoundFile],
                what: str) -> tuple[dict[Path, Path], list[str]]:
    """Give each scan its file.

    A DICOM segmentation belongs to the series on which it was drawn. Another file belongs to the scan of its name;
    where several have it, to the one with which it shares most names of folders, then to the nearest. A file with a
    generic name (``roi``) belongs to the scan of its folder. Nothing is guessed: of several files for a scan none is
    taken.

    Parameters
    ----------
    scans, files : sequence of FoundFile
    what : str
        What the files are, for the sentences.

    Returns
    -------
    dict of Path to Path
        Scan to file; scans without one are left out.
    list of str
        Sentences about files that belong to no scan, and scans with several.

    """
    every, without_name = _Scans(scans), _Scans([scan for scan in scans if not scan.key])
    belonging = defaultdict(list)
    lost = []
    for file in files:
        scan = every.of_series(file.series_uid)
        if scan is None and not file.key:
            scan = every.of_folders(file)
        elif scan is None:
            # A file of another name is not taken for a scan that has a name of its own.
            scan = every.of_key(file.key, file) or without_name.of_folders(file)
        if scan is None:
            lost.append(file.path)
        else:
            belonging[scan.path].append(file.path)
    matched, notes = only_ones(belonging, what)
    return matched, [*notes, *_said_of_lost(lost, what)]


def only_ones(belonging: Mapping[Path, Sequence[Path]], what: str) -> tuple[dict[Path, Path], list[str]]:
    """Return the file of each scan that has one, and a sentence about scans that have several."""
    several = {scan: paths for scan, paths in belonging.items() if len(paths) > 1}
    return {scan: paths[0] for scan, paths in belonging.items() if len(paths) == 1}, _said_of_several(several, what)


class _Scans:
    """Scans by what may tell them; a cohort has so many that they cannot be gone through for every file."""

    def __init__(self, scans: Sequence[FoundFile]) -> None:
        self._scans = scans
        self._by_key: dict[str, set[int]] = defaultdict(set)
        self._below: dict[Path, set[int]] = defaultdict(set)
        self._by_series = {scan.series_uid: scan for scan in scans if scan.series_uid}
        for number, scan in enumerate(scans):
            for key in scan.keys:
                self._by_key[key.casefold()].add(number)
            for folder in (scan.path, *scan.path.parents):
                self._below[folder].add(number)

    def of_series(self, uid: str) -> FoundFile | None:
        """Return the scan of a DICOM series."""
        return self._by_series.get(uid)

    def of_folders(self, file: FoundFile) -> FoundFile | None:
        """Return the scan that the folders of a file tell: by name, else the only one in its folder or below."""
        named = next((scan for key in file.folders if (scan := self.of_key(key, file))), None)
        below = self._below.get(file.path.parent, set())
        return named or (self._scans[min(below)] if len(below) == 1 else None)

    def of_key(self, key: str, file: FoundFile) -> FoundFile | None:
        """Return the scan of a name: of several that which shares most with the file; None if two are alike."""
        numbers = self._by_key.get(key.casefold(), set())
        others = [self._by_key.get(other.casefold(), set()) for other in file.keys]
        for other in sorted(others, key=len):
            if len(numbers) > 1:
                numbers = (numbers & other) or numbers
        ranked = sorted((_distance(self._scans[number].path, file.path), number) for number in numbers)
        if not ranked or (len(ranked) > 1 and ranked[0][0] == ranked[1][0]):
            return None
        return self._scans[ranked[0][1]]


def _distance(one: Path, other: Path) -> int:
    """Return how many steps lie between two paths."""
    common = 0
    for a, b in zip(one.parts, other.parts, strict=False):
        if a != b:
            break
        common += 1
    return len(one.parts) + len(other.parts) - 2 * common


def _said_of_several(several: Mapping[Path, Sequence[Path]], what: str) -> list[str]:
    if not several:
        return []
    scan, paths = next(iter(several.items()))
    common = os.path.commonpath([path.parent for path in paths])
    names = ", ".join(sorted(os.path.relpath(path, common) for path in paths))
    begin = scan if len(several) == 1 else f"{len(several)} scans have more than one {what}: {scan}"
    return [f"{begin} has {len(paths)}, each a {what} ({names}), of which none is taken; choose one in a CSV file."]


def _said_of_lost(lost: Sequence[Path], what: str) -> list[str]:
    if not lost:
        return []
    more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
    return [f"The {what} {lost[0]}{more} could not be matched with a scan; name it after the scan or use a CSV file."]
