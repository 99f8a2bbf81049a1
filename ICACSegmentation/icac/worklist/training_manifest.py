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
from icac.worklist.case import CaseStatus, WorklistCase
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
    splits = _splits(chosen, kept.load(), validation_share)
    kept.save(splits)
    write_csv(path, COLUMNS, [_row(worklist, case, splits[_patient(case)], path) for case in chosen])
    return ExportedManifest(path, tuple(case.name for case in chosen), left_out)


def _choose(worklist: Worklist) -> tuple[list[WorklistCase], dict[str, str]]:
    chosen, left_out = [], {}
    for case in worklist.cases:
        state, mask = worklist.state(case.name), worklist.mask_path(case.name)
        if state.status is not CaseStatus.DONE:
            left_out[case.name] = f"it is {state.status.value}"
        elif mask is None:
            left_out[case.name] = "it has no corrected mask"
        elif not mask.is_file():
            left_out[case.name] = f"its corrected mask {mask} is gone"
        else:
            chosen.append(case)
    return chosen, left_out


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
    return int.from_bytes(hashlib.sha256(patient.encode()).digest()[:8], "big") / 2**64


def _row(worklist: Worklist, case: WorklistCase, split: str, path: Path) -> dict[str, str]:
    state, mask, folder = worklist.state(case.name), worklist.mask_path(case.name), path.parent
    assert mask is not None, "only cases with a corrected mask are exported"
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
