"""The cases in a folder: each scan with the region and the results that belong to it."""

from __future__ import annotations

import json
import os
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from icac.errors import InputError
from icac.worklist.case import FoundCases, WorklistCase
from icac.worklist.match import match_files
from icac.worklist.names import stem_of, subject_of
from icac.worklist.walk import RESULT_RECORD, FoundFile, look_through


def cases_of_folder(folder: str | Path, results: str | Path | None = None) -> FoundCases:
    """Find the cases in a folder and its subfolders, in alphabetical order of their paths.

    A case is a folder with an axial CT series, or an image file that is not named as a region (see
    :mod:`icac.worklist.names`). Folders of results and of worklists, and hidden ones, hold no cases.

    Parameters
    ----------
    folder : str or Path
    results : str or Path, optional
        Another folder with results of ``icac segment``.

    Raises
    ------
    InputError
        There is no case.

    """
    folder = Path(os.path.abspath(folder))
    found = look_through(folder)
    if not found.scans:
        raise InputError(f"{folder} holds no CT: neither a folder of DICOM files nor a NIfTI, NRRD or MetaImage file "
                         "that is not named as a mask.")
    regions, notes = match_files(found.scans, found.masks, "region")
    cases = [WorklistCase(name, scan.path, regions.get(scan.path), None, _patient(scan, folder))
             for name, scan in zip(_names(found.scans, folder), found.scans, strict=True)]
    with_results = add_results(FoundCases(tuple(cases), tuple(notes)), found.results)
    return add_results(with_results, look_through_results(results)) if results else with_results


def look_through_results(folder: str | Path) -> list[FoundFile]:
    """Return the folders of results in a folder; raises InputError if there is none."""
    folder = Path(os.path.abspath(folder))
    found = look_through(folder).results if folder.is_dir() else []
    if not found:
        raise InputError(f"{folder} holds no results; give the folder that 'icac segment -o' wrote, or one with such "
                         "folders.")
    return found


def add_results(found: FoundCases, results: Sequence[FoundFile]) -> FoundCases:
    """Give the cases without results theirs: by the scan that the results name, else by their folder."""
    cases = [case for case in found.cases if case.result is None]
    by_scan = _by_named_scan(cases, results)
    rest = [result for result in results if result.path not in by_scan.values()]
    scans = [FoundFile(case.image, case.name) for case in cases if case.image not in by_scan]
    matched, notes = match_files(scans, rest, "folder of results")
    paths = by_scan | matched
    filled = tuple(case if case.result else replace(case, result=paths.get(case.image)) for case in found.cases)
    return FoundCases(filled, (*found.notes, *notes))


def _by_named_scan(cases: Sequence[WorklistCase], results: Sequence[FoundFile]) -> dict[Path, Path]:
    """Match results by the path of the scan in their record: the whole path, else its unique last two parts."""
    whole = {os.path.realpath(case.image): case.image for case in cases}
    ends = defaultdict(list)
    for case in cases:
        ends[case.image.parts[-2:]].append(case.image)
    matched: dict[Path, Path] = {}
    for result in results:
        scan = _scan_of(result.path)
        if scan is None:
            continue
        same_end = ends[scan.parts[-2:]]
        image = whole.get(os.path.realpath(scan)) or (same_end[0] if len(same_end) == 1 else None)
        if image is not None:
            matched.setdefault(image, result.path)
    return matched


def _scan_of(result: Path) -> Path | None:
    """Return which scan was segmented, as the record of the results has it."""
    try:
        path = json.loads((result / RESULT_RECORD).read_text(encoding="utf-8"))["input"]["path"]
        return Path(path) if isinstance(path, str) and path else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _patient(scan: FoundFile, root: Path) -> str:
    """Return whose scan it is, as far as the folders tell: the BIDS subject, or the outermost folder of a case that
    is named by its folders.
    """
    relative = scan.path.relative_to(root)
    outer = relative.parts[0] if scan.named_by_folder and relative.parts else ""
    return subject_of(relative) or outer


def _names(scans: Sequence[FoundFile], root: Path) -> list[str]:
    """Name each scan by its key; where several have the same, by its name, else by its path."""
    keys = [scan.key or stem_of(scan.path.name) for scan in scans]
    stems = [stem_of(scan.path.name) for scan in scans]
    paths = [_path_name(scan.path, root) for scan in scans]
    count_keys, count_stems = _count(keys), _count([*stems, *keys])
    names = []
    for key, stem, path in zip(keys, stems, paths, strict=True):
        if count_keys[key.casefold()] == 1:
            names.append(key)
        else:
            names.append(stem if count_stems[stem.casefold()] == 1 else path)
    return names if max(_count(names).values()) == 1 else [scan.path.relative_to(root).as_posix() for scan in scans]


def _path_name(path: Path, root: Path) -> str:
    relative = path.relative_to(root)
    return relative.with_name(stem_of(relative.name)).as_posix() if relative.parts else root.name


def _count(names: Sequence[str]) -> Counter[str]:
    return Counter(name.casefold() for name in names)
