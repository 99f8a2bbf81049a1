"""The cases in a folder: each scan with the region and the results that belong to it."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from icac.cases.case_names import case_names, patients
from icac.cases.look_through import Findings, FoundFile, look_through
from icac.cases.match import match_files, only_ones
from icac.cases.one_series import Chosen, one_of_each_study
from icac.errors import InputError
from icac.report import Report
from icac.result_files import USUAL_NAMES
from icac.worklist.records.case import FoundCases, WorklistCase


def cases_of_folder(folder: str | Path, results: str | Path | None = None, *, every_series: bool = False,
                    known: Mapping[str, Mapping[str, str]] | None = None) -> FoundCases:
    """Find the cases in a folder and its subfolders, in alphabetical order of their paths.

    A case is an axial CT series, of each DICOM study one (:mod:`icac.cases.one_series`), or an image file that is not
    named as a region (:mod:`icac.cases.file_names`). Folders of results and of worklists, and hidden ones, hold no
    cases.

    Parameters
    ----------
    folder : str or Path
    results : str or Path, optional
        Another folder with results of ``icac segment``.
    every_series : bool
        Every axial series of a study that was not reformatted is a case.
    known : mapping of str to mapping of str to str, optional
        What the rule said of the series of each study before (:attr:`FoundCases.ruled`).

    Raises
    ------
    InputError
        There is no case.

    """
    folder = Path(os.path.abspath(folder))
    found = look_through(folder)
    chosen = _of_every_study(found) if every_series else one_of_each_study(
        found.scans, folder, {mask.series_uid for mask in found.masks}, known or {})
    found = replace(found, scans=chosen.scans)
    if not found.scans:
        raise InputError(f"{folder} holds no CT: neither a folder of DICOM files nor a NIfTI, NRRD or MetaImage file "
                         "that is not named as a mask.")
    regions, notes = match_files(found.scans, found.masks, "region")
    named = zip(found.scans, case_names(found.scans, folder), patients(found.scans, folder), strict=True)
    cases = FoundCases(tuple(WorklistCase(name, scan.path, regions.get(scan.path), patient=patient)
                             for scan, name, patient in named), (*_sentence_on_series(chosen), *notes), (),
                       {path.relative_to(folder).as_posix(): why for path, why in chosen.left_out.items()},
                       chosen.ruled)
    cases = add_results(cases, found.results, found.scans)
    return add_results(cases, look_through_results(results), found.scans) if results else cases


def _of_every_study(found: Findings) -> Chosen:
    return Chosen([scan for scan in found.scans if not scan.reformatted])


def _sentence_on_series(chosen: Chosen) -> list[str]:
    """Say that series were left out."""
    count = len(chosen.left_out)
    return [f"{count} series {'are' if count > 1 else 'is'} left out, as one of each study is a case; 'icac worklist "
            "setup' lists them, and takes all of them with --every-series."] if count else []


def look_through_results(folder: str | Path) -> list[FoundFile]:
    """Return the folders of results in a folder; raises InputError if there is none."""
    folder = Path(os.path.abspath(folder))
    found = look_through(folder).results if folder.is_dir() else []
    if not found:
        raise InputError(f"{folder} holds no results; give the folder that 'icac segment -o' wrote, or one with such "
                         "folders.")
    return found


def add_results(found: FoundCases, results: Sequence[FoundFile],
                scans: Sequence[FoundFile] | None = None) -> FoundCases:
    """Give the cases without results theirs: by the scan that the results name, else by their names.

    Parameters
    ----------
    found : FoundCases
    results : sequence of FoundFile
    scans : sequence of FoundFile, optional
        What the names of the scans tell; the name of the case if omitted.

    """
    scans = scans or [FoundFile(case.image, case.name, ()) for case in found.cases]
    empty = {case.image for case in found.cases if case.result is None}
    by_scan = _by_named_scan(sorted(empty), results)
    named = {path for paths in by_scan.values() for path in paths}
    unnamed = [scan for scan in scans if scan.path in empty and scan.path not in by_scan]
    known, notes = only_ones(by_scan, "folder of results")
    matched, more_notes = match_files(unnamed, [result for result in results if result.path not in named],
                                      "folder of results")
    paths = known | matched
    filled = tuple(case if case.result else replace(case, result=paths.get(case.image)) for case in found.cases)
    return replace(found, cases=filled, notes=(*found.notes, *notes, *more_notes))


def _by_named_scan(images: Sequence[Path], results: Sequence[FoundFile]) -> dict[Path, list[Path]]:
    """Match results by the path of the scan in their record: the whole path, else its unique last two parts."""
    whole = {os.path.realpath(image): image for image in images}
    ends = defaultdict(list)
    for image in images:
        ends[image.parts[-2:]].append(image)
    matched = defaultdict(list)
    for result in results:
        scan = _scan_of(result.path)
        if scan is None:
            continue
        same_end = ends.get(scan.parts[-2:], [])
        named = whole.get(os.path.realpath(scan)) or (same_end[0] if len(same_end) == 1 else None)
        if named is not None:
            matched[named].append(result.path)
    return matched


def _scan_of(result: Path) -> Path | None:
    """Return which scan was segmented, as the record of the results has it."""
    try:
        path = Report.load(result / USUAL_NAMES.usual("report")).input_path
    except InputError:
        return None
    return Path(path) if path else None
