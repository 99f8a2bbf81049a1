"""Which region or folder of results belongs to which scan."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from icac.worklist.walk import FoundFile


def match_files(scans: Sequence[FoundFile], files: Sequence[FoundFile],
                what: str) -> tuple[dict[Path, Path], list[str]]:
    """Give each scan its file.

    A file belongs to the scan of its name; where several have it, to the one with which it shares most names of
    folders, then to the nearest. A file with a generic name (``roi``) belongs to the scan of its folder. Nothing is
    guessed: of several files for a scan none is taken.

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
    by_key = _by_key(scans)
    by_folder = _by_key([scan for scan in scans if not scan.key])
    belonging = defaultdict(list)
    lost = []
    for file in files:
        # A file of another name is not taken for a scan that has a name of its own.
        scan = _named(by_key, file, [file.key] if file.key else file.folders)
        if scan is None and file.key:
            scan = _named(by_folder, file, file.folders)
        if scan is None:
            scan = _only_below([scan for scan in scans if not (scan.key and file.key)], file.path)
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


def _by_key(scans: Sequence[FoundFile]) -> dict[str, list[FoundFile]]:
    found = defaultdict(list)
    for scan in scans:
        for key in scan.keys:
            found[key.casefold()].append(scan)
    return found


def _named(by_key: dict[str, list[FoundFile]], file: FoundFile, keys: Sequence[str]) -> FoundFile | None:
    """Return the scan of the first key that tells one."""
    return next((scan for key in keys if (scan := _nearest(by_key.get(key.casefold(), []), file))), None)


def _nearest(scans: Sequence[FoundFile], file: FoundFile) -> FoundFile | None:
    """Return the scan that has most names in common with a file and the shortest way to it; None if two are alike."""
    keys = {key.casefold() for key in file.keys}
    ranks = [(-len(keys & {key.casefold() for key in scan.keys}), _distance(scan.path, file.path)) for scan in scans]
    best = [scan for scan, rank in zip(scans, ranks, strict=True) if rank == min(ranks)]
    return best[0] if len(best) == 1 else None


def _only_below(scans: Sequence[FoundFile], path: Path) -> FoundFile | None:
    """Return the only scan in the folder of a path and the folders below."""
    below = [scan for scan in scans if path.parent == scan.path or path.parent in scan.path.parents]
    return below[0] if len(below) == 1 else None


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
    begin = f"{scan} has" if len(several) == 1 else f"{len(several)} scans have more than one {what}: {scan} has"
    return [f"{begin} {len(paths)} ({names}), of which none is taken; choose one in a CSV file."]


def _said_of_lost(lost: Sequence[Path], what: str) -> list[str]:
    if not lost:
        return []
    more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
    return [f"The {what} {lost[0]}{more} could not be matched with a scan; name it after the scan or use a CSV file."]
