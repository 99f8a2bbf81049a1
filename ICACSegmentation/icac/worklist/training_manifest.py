"""Corrected cases leave a worklist as training cases for ``icac train``."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from icac.cases.folders import TRAINING_MASKS
from icac.errors import InputError
from icac.files import Loaded, RevisedFile, copy_file, write_csv
from icac.splits import TRAIN, VALIDATION
from icac.worklist.reader import Reader, list_readers, load_adjudication
from icac.worklist.records.case import CaseState, CaseStatus, WorklistCase
from icac.worklist.worklist import Worklist

COLUMNS = ("case", "split", "image", "label", "patient", "annotator", "corrected")


@dataclass(frozen=True)
class ExportedManifest:
    """What was written.

    Attributes
    ----------
    path : Path
        The CSV file.
    cases : tuple of str
    left_out : dict of str to str
        Why each other case was left out.

    """

    path: Path
    cases: tuple[str, ...]
    left_out: dict[str, str]


def export_manifest(worklist: Worklist, path: str | Path, *, validation_share: float = 0.2) -> ExportedManifest:
    """Write the cases that are done and have a corrected mask as a manifest, with copies of their masks beside it.

    Of a case that was adjudicated the mask of that is taken; else that of the only reader who is done with it. A case
    of several readers without adjudication is left out: nobody said which of them is right.

    The masks are copied into ``<name of the CSV>_icac_training_masks``, so that the training set stays as it is
    when annotators go on. Patients are drawn for validation by their names; the worklist keeps the draw, so that a
    patient stays in its split when more cases are done.

    Parameters
    ----------
    worklist : Worklist
    path : str or Path
        CSV file.
    validation_share : float
        Share of the patients without a split of their own that serve for validation, roughly.

    Raises
    ------
    InputError
        There are not at least two patients, so that one can be kept for validation.
    OutputError
        The files cannot be written.

    """
    path = Path(os.path.abspath(path))
    chosen, left_out = _choose(worklist)
    kept = RevisedFile(worklist.folder / "training_splits.json")
    splits = _splits([one.case for one in chosen], kept.load(), validation_share)
    kept.save(splits)
    write_csv(path, COLUMNS, [_row(one, splits[_patient(one.case)], path) for one in chosen])
    return ExportedManifest(path, tuple(one.case.name for one in chosen), left_out)


@dataclass(frozen=True)
class _Chosen:
    """A case that leaves, with the reading that is taken of it."""

    case: WorklistCase
    reader: Reader
    mask: Path

    @property
    def state(self) -> CaseState:
        return self.reader.state(self.case.name)


def _choose(worklist: Worklist) -> tuple[list[_Chosen], dict[str, str]]:
    names = [case.name for case in worklist.cases]
    readers = list_readers(worklist.folder, names)
    third = load_adjudication(worklist.folder, names)
    chosen, left_out = [], {}
    for case in worklist.cases:
        found = _reading(case, readers, third, worklist)
        if isinstance(found, str):
            left_out[case.name] = found
        else:
            chosen.append(found)
    return chosen, left_out


def _reading(case: WorklistCase, readers: list[Reader], third: Reader | None, worklist: Worklist) -> _Chosen | str:
    """Return the reading that is taken of a case, or why none is."""
    done = [one for one in readers if one.state(case.name).status is CaseStatus.DONE]
    if third is not None and third.state(case.name).status is CaseStatus.DONE:
        done = [third]
    if not done:
        return f"it is {worklist.state(case.name).status.value}"
    if len(done) > 1:
        return f"it was read by {' and '.join(one.name for one in done)} and is not adjudicated"
    mask = done[0].mask_path(case.name)
    if mask is None:
        return "it has no corrected mask"
    return _Chosen(case, done[0], mask) if mask.is_file() else f"its corrected mask {mask} is gone"


def _patient(case: WorklistCase) -> str:
    return case.patient or case.name


def _splits(cases: list[WorklistCase], kept: Loaded | None, validation_share: float) -> dict[str, str]:
    """Return the split of each patient: its own, else the one that it got before, else drawn."""
    given = {_patient(case): case.split for case in cases if case.split}
    splits = (kept.content if kept else {}) | given
    present = {_patient(case) for case in cases}
    new = sorted(present - set(splits), key=_draw)
    splits |= {name: VALIDATION if _draw(name) < validation_share else TRAIN for name in new}
    if new:  # the first export may draw all alike
        for split, name in ((VALIDATION, new[0]), (TRAIN, new[-1])):
            if split not in {splits[patient] for patient in present}:
                splits[name] = split
    if not {TRAIN, VALIDATION} <= {splits[patient] for patient in present}:
        raise InputError("A training manifest needs cases of at least two patients that are done and have a corrected "
                         f"mask, one for training and one for validation; there are {len(present)}.")
    return splits


def _draw(patient: str) -> float:
    """Return a number from 0 to 1 that follows from the name."""
    return int.from_bytes(hashlib.sha256(patient.encode(errors="surrogatepass")).digest()[:8], "big") / 2**64


def _row(chosen: _Chosen, split: str, path: Path) -> dict[str, str]:
    case, mask, state, folder = chosen.case, chosen.mask, chosen.state, path.parent
    copy = folder / f"{path.stem}{TRAINING_MASKS}" / f"{mask.parent.name}{mask.suffix}"
    copy_file(mask, copy)
    when = next(change.when for change in reversed(state.changes) if change.what == "mask")
    return {"case": case.name, "split": split, "image": _relative(case.image, folder), "label": _relative(copy, folder),
            "patient": _patient(case), "annotator": state.annotator, "corrected": when}


def _relative(path: Path, folder: Path) -> str:
    """Return the path from a folder; the whole path where there is none, as between drives of Windows."""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:
        return str(path)
