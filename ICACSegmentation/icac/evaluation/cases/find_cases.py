"""Finding the files of the cases: in two folders with matching names, or in a table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from icac.cases.file_names import is_image_name, without_ending
from icac.ct.read import is_there
from icac.errors import InputError
from icac.evaluation.cases.acquisition import COLUMNS as ACQUISITION
from icac.evaluation.cases.case_input import CaseInput
from icac.files import is_hidden, read_csv
from icac.files.csv_table import CsvRow
from icac.result_files import find_beside, find_mask

#: Columns that a table of cases may have; the first three must be there.
COLUMNS = ("case", "pred", "truth", "probability", "ct", "report", "split", "protocol", *ACQUISITION)


#: What a folder holds of each case.
_Found = dict[str, list[Path]]


def cases_of_folders(predicted: str | Path, truth: str | Path, probability: str | Path | None = None,
                     ct: str | Path | None = None) -> list[CaseInput]:
    """Match the files of folders by their names without ending.

    Parameters
    ----------
    predicted, truth : str or Path
        Folders of labelmaps: ``<case>.nii.gz`` (or ``.nrrd``, ``.seg.nrrd``, ...) or ``<case>/icac.nii.gz``. One
        labelmap each is understood too. Predictions without truth are left out.
    probability : str or Path, optional
        Folder of probability maps. ``<case>/probability.nii.gz`` beside the prediction is found without it.
    ct : str or Path, optional
        Folder of scans: image files, or one folder of DICOM files a case.

    Returns
    -------
    list of CaseInput
        In alphabetical order of the cases.

    Raises
    ------
    InputError
        A folder does not exist or is empty, or a truth has no prediction; or a folder holds two files of a case.

    """
    predicted, truth = Path(predicted), Path(truth)
    if predicted.is_file() and truth.is_file():
        return [CaseInput(without_ending(truth.name), predicted, truth,
                          _existing(probability) or find_beside(predicted, "probability"), _existing(ct),
                          find_beside(predicted, "report"))]
    predictions, truths = _masks(predicted), _masks(truth)
    missing = sorted(set(truths) - set(predictions))
    if missing:
        raise InputError(f"{predicted} has no prediction for {len(missing)} of the {len(truths)} cases in {truth}, "
                         f"e.g. '{missing[0]}'; predict them or take their truth out, as leaving them out flatters.")
    maps = _images(Path(probability)) if probability else {}
    scans = _images(Path(ct), folders=True) if ct else {}
    return [_matched(name, predictions, truths, maps, scans) for name in sorted(truths)]


def _matched(name: str, predictions: _Found, truths: _Found, maps: _Found, scans: _Found) -> CaseInput:
    predicted, truth, probability, ct = (_only(found.get(name, ()), name)
                                         for found in (predictions, truths, maps, scans))
    assert predicted is not None and truth is not None, "others were told before"
    return CaseInput(name, predicted, truth, probability or find_beside(predicted, "probability"), ct,
                     find_beside(predicted, "report"))


def _only(paths: Sequence[Path], name: str) -> Path | None:
    """Return the only file of a case, None if there is none."""
    if len(paths) > 1:
        raise InputError(f"{paths[0].parent} holds {len(paths)} files of case '{name}' "
                         f"({', '.join(path.name for path in paths)}); leave the one that counts, or name it in a "
                         "table of cases.")
    return paths[0] if paths else None


def cases_of_table(path: str | Path) -> list[CaseInput]:
    """Read a CSV file with the columns of :data:`COLUMNS`; paths are relative to its folder.

    Raises
    ------
    InputError
        The table is missing or damaged, lacks a column, names a case or a scan twice or a file that does not exist.

    """
    path, rows = Path(path), read_csv(path).rows
    absent = [name for name in COLUMNS[:3] if not rows or name not in rows[0]]
    if absent:
        raise InputError(f"{path} has no rows with the column '{absent[0]}'; its first line must name case, pred "
                         "and truth.")
    cases = [_read_row(row, path) for row in rows]
    names = [case.name for case in cases]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"{path} names case '{twice}' more than once; give every case its own name.")
    _refuse_one_scan_twice(cases, path)
    return cases


def _refuse_one_scan_twice(cases: list[CaseInput], path: Path) -> None:
    """Refuse cases of other names that are the same files: each would count twice."""
    known: dict[tuple[Path, Path], str] = {}
    for case in cases:
        files = Path(str(case.predicted)).resolve(), Path(str(case.truth)).resolve()
        first = known.setdefault(files, case.name)
        if first != case.name:
            raise InputError(f"The cases '{first}' and '{case.name}' of {path} have the same files; name every scan "
                             "once.")


def _read_row(row: CsvRow, path: Path) -> CaseInput:
    values, line = {name: row.get(name, "") for name in COLUMNS}, row.line
    files: dict[str, Path | None] = {}
    for name in COLUMNS[1:6]:
        file = files[name] = path.parent / values[name] if values[name] else None
        if file is not None and not is_there(file):
            raise InputError(f"{path}, line {line}: {file} does not exist; correct the column '{name}'.")
    if not values["case"] or files["pred"] is None or files["truth"] is None:
        raise InputError(f"{path}, line {line}: case, pred or truth is empty; fill all three.")
    return CaseInput(values["case"], files["pred"], files["truth"],
                     files["probability"] or find_beside(files["pred"], "probability"), files["ct"],
                     files["report"] or find_beside(files["pred"], "report"), values["split"], values["protocol"],
                     {name: values[name] for name in ACQUISITION if values[name]})


def _masks(folder: Path) -> _Found:
    """Return the labelmaps of a folder by case."""
    found = _images(folder)
    for part in _entries(folder):
        mask = find_mask(part)
        if mask is not None:
            found.setdefault(part.name, []).append(mask)
    if not found:
        raise InputError(f"{folder} holds no labelmaps; it must have files such as case1.nii.gz or folders with "
                         "icac.nii.gz.")
    return found


def _images(folder: Path, folders: bool = False) -> _Found:
    """Return the image files of a folder, and the folders in it if they are meant, by case."""
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder; give a folder with one image a case.")
    found: _Found = {}
    for path in _entries(folder):
        if path.is_file() and is_image_name(path.name):
            found.setdefault(without_ending(path.name), []).append(path)
        elif folders and path.is_dir():
            found.setdefault(path.name, []).append(path)
    return found


def _entries(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if not is_hidden(path.name))


def _existing(path: str | Path | None) -> Path | None:
    if path is not None and not is_there(Path(path)):
        raise InputError(f"{path} does not exist; correct the path or leave it out.")
    return None if path is None else Path(path)
