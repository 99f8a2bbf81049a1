"""Finding the files of the cases: in two folders with matching names, or in a table."""

from __future__ import annotations

from pathlib import Path

from icac.ct.read import IMAGE_KINDS
from icac.errors import InputError
from icac.evaluation.cases.case_input import CaseInput
from icac.files import read_csv
from icac.files.csv_table import CsvRow

#: Names of files in the folder of one case, as ``icac segment`` writes them.
MASK_NAMES = ("icac.nii.gz", "icac.nrrd", "icac.seg.nrrd")
PROBABILITY_NAMES = ("probability.nii.gz", "probability.nrrd")
REPORT_NAME = "report.json"

#: Endings of image files, longest first so that ``.seg.nrrd`` is taken off whole.
_ENDINGS = sorted((".seg.nrrd", *IMAGE_KINDS), key=len, reverse=True)

#: Columns that a table of cases may have; the first three must be there.
COLUMNS = ("case", "pred", "truth", "probability", "ct", "report", "split", "protocol")


def cases_of_folders(pred: str | Path, truth: str | Path, probability: str | Path | None = None,
                     ct: str | Path | None = None) -> list[CaseInput]:
    """Match the files of folders by their names without ending.

    Parameters
    ----------
    pred, truth : str or Path
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
    pred, truth = Path(pred), Path(truth)
    if pred.is_file() and truth.is_file():
        return [CaseInput(case_name(truth), pred, truth,
                          _existing(probability) or _beside(pred, PROBABILITY_NAMES), _existing(ct), _report(pred))]
    preds, truths = _masks(pred), _masks(truth)
    missing = sorted(set(truths) - set(preds))
    if missing:
        raise InputError(f"{pred} has no prediction for {len(missing)} of the {len(truths)} cases in {truth}, e.g. "
                         f"'{missing[0]}'; predict them or take their truth out, as leaving them out flatters.")
    maps = _images(Path(probability)) if probability else {}
    scans = _images(Path(ct), folders=True) if ct else {}
    return [CaseInput(name, preds[name], truths[name], maps.get(name) or _beside(preds[name], PROBABILITY_NAMES),
                      scans.get(name), _report(preds[name])) for name in sorted(truths)]


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


def case_name(path: Path) -> str:
    """Return the name of a file without the ending of its image format."""
    ending = next((e for e in _ENDINGS if path.name.lower().endswith(e)), "")
    return path.name[:len(path.name) - len(ending)]


def _read_row(row: CsvRow, path: Path) -> CaseInput:
    values, line = {name: row.get(name, "") for name in COLUMNS}, row.line
    files: dict[str, Path | None] = {}
    for name in COLUMNS[1:6]:
        file = files[name] = path.parent / values[name] if values[name] else None
        if file is not None and not file.exists():
            raise InputError(f"{path}, line {line}: {file} does not exist; correct the column '{name}'.")
    if not values["case"] or files["pred"] is None or files["truth"] is None:
        raise InputError(f"{path}, line {line}: case, pred or truth is empty; fill all three.")
    return CaseInput(values["case"], files["pred"], files["truth"],
                     files["probability"] or _beside(files["pred"], PROBABILITY_NAMES), files["ct"],
                     files["report"] or _report(files["pred"]), values["split"], values["protocol"])


def _masks(folder: Path) -> dict[str, Path]:
    """Return the labelmaps of a folder by case."""
    found = _images(folder)
    for part in sorted(folder.iterdir()):
        mask = next((part / name for name in MASK_NAMES if (part / name).is_file()), None)
        if mask is not None:
            found[part.name] = mask
    if not found:
        raise InputError(f"{folder} holds no labelmaps; it must have files such as case1.nii.gz or folders with "
                         "icac.nii.gz.")
    return found


def _images(folder: Path, folders: bool = False) -> dict[str, Path]:
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder; give a folder with one image a case.")
    found = {case_name(p): p for p in sorted(folder.iterdir())
             if p.is_file() and p.name.lower().endswith(tuple(_ENDINGS))}
    if folders:
        found |= {p.name: p for p in sorted(folder.iterdir()) if p.is_dir()}
    return found


def _beside(mask: Path, names: tuple[str, ...]) -> Path | None:
    """Return a file of ``icac segment`` in the folder of its labelmap, None for labelmaps of other names."""
    if mask.name not in MASK_NAMES:
        return None
    return next((mask.with_name(name) for name in names if mask.with_name(name).is_file()), None)


def _report(mask: Path) -> Path | None:
    return _beside(mask, (REPORT_NAME,))


def _existing(path: str | Path | None) -> Path | None:
    if path is not None and not Path(path).exists():
        raise InputError(f"{path} does not exist; correct the path or leave it out.")
    return None if path is None else Path(path)
