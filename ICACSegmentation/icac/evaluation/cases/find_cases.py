"""Finding the files of the cases: in two folders with matching names, or in a table."""

from __future__ import annotations

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
        A folder does not exist or is empty, or a truth has no prediction.

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
    return [CaseInput(name, predictions[name], truths[name],
                      maps.get(name) or find_beside(predictions[name], "probability"),
                      scans.get(name), find_beside(predictions[name], "report")) for name in sorted(truths)]


def cases_of_table(path: str | Path) -> list[CaseInput]:
    """Read a CSV file with the columns of :data:`COLUMNS`; paths are relative to its folder.

    Raises
    ------
    InputError
        The table is missing or damaged, lacks a column, names a case twice or a file that does not exist.

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
    return cases


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


def _masks(folder: Path) -> dict[str, Path]:
    """Return the labelmaps of a folder by case."""
    found = _images(folder)
    for part in _entries(folder):
        mask = find_mask(part)
        if mask is not None:
            found[part.name] = mask
    if not found:
        raise InputError(f"{folder} holds no labelmaps; it must have files such as case1.nii.gz or folders with "
                         "icac.nii.gz.")
    return found


def _images(folder: Path, folders: bool = False) -> dict[str, Path]:
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder; give a folder with one image a case.")
    found = {without_ending(p.name): p for p in _entries(folder) if p.is_file() and is_image_name(p.name)}
    if folders:
        found |= {p.name: p for p in _entries(folder) if p.is_dir()}
    return found


def _entries(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if not is_hidden(path.name))


def _existing(path: str | Path | None) -> Path | None:
    if path is not None and not is_there(Path(path)):
        raise InputError(f"{path} does not exist; correct the path or leave it out.")
    return None if path is None else Path(path)
