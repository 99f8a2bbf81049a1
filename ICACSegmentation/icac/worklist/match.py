"""Which region or folder of results belongs to which scan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from icac.worklist.walk import FoundFile


def match_files(scans: Sequence[FoundFile], files: Sequence[FoundFile],
                what: str) -> tuple[dict[Path, Path], list[str]]:
    """Give each scan its file.

    A file belongs to the nearest scan of its name; without one of its name, to the only scan in its folder or the
    folders below.

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
    by_key = defaultdict(list)
    for scan in scans:
        by_key[scan.key.casefold()].append(scan)
    belonging = defaultdict(list)
    lost = []
    for file in files:
        scan = _nearest(by_key.get(file.key.casefold(), []), file.path) or _only_below(scans, file.path)
        if scan is None:
            lost.append(file.path)
        else:
            belonging[scan.path].append(file.path)
    matched = {scan: min(paths, key=lambda path, scan=scan: (_distance(scan, path), str(path)))
               for scan, paths in belonging.items()}
    return matched, [*_said_of_several(belonging, matched, what), *_said_of_lost(lost, what)]


def _nearest(scans: Sequence[FoundFile], path: Path) -> FoundFile | None:
    """Return the scan with the shortest way to a path; None if two are as near."""
    ranked = sorted((_distance(scan.path, path), number) for number, scan in enumerate(scans))
    if not ranked or (len(ranked) > 1 and ranked[0][0] == ranked[1][0]):
        return None
    return scans[ranked[0][1]]


def _only_below(scans: Sequence[FoundFile], path: Path) -> FoundFile | None:
    below = [scan for scan in scans if path.parent == scan.path or path.parent in scan.path.parents]
    return below[0] if len(below) == 1 else None


def _distance(one: Path, other: Path) -> int:
    """Return how many folders lie between two paths."""
    common = 0
    for a, b in zip(one.parts, other.parts, strict=False):
        if a != b:
            break
        common += 1
    return len(one.parts) + len(other.parts) - 2 * common


def _said_of_several(belonging: dict[Path, list[Path]], matched: dict[Path, Path], what: str) -> list[str]:
    several = {scan: paths for scan, paths in belonging.items() if len(paths) > 1}
    if not several:
        return []
    scan, paths = next(iter(several.items()))
    cases = f"{scan} has" if len(several) == 1 else f"{len(several)} scans have more than one {what}, e.g. {scan} has"
    return [f"{cases} {len(paths)} ({', '.join(path.name for path in paths)}), of which {matched[scan].name} is used; "
            f"use a CSV to choose another {what}."]


def _said_of_lost(lost: Sequence[Path], what: str) -> list[str]:
    if not lost:
        return []
    more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
    return [f"The {what} {lost[0]}{more} could not be matched with a scan; name it after the scan or use a CSV."]
