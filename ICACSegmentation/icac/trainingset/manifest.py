"""The list of training cases: simulated heads and annotated scans in one CSV file.

Columns (others are kept out of the way):

``case``
    Unique name.
``split``
    ``train``, ``validation`` or ``test`` (``val`` is understood).
``image``
    A ``.npz`` with arrays ``hu`` and ``label`` on the network grid, or a CT (DICOM folder, NIfTI, NRRD) if ``label``
    names a mask. Without this column: ``<case>.npz``. Relative to the folder of the CSV file.
``label`` (or ``roi``)
    Mask (NIfTI, NRRD, ``.seg.nrrd``, DICOM SEG) of the region drawn around ICAC. Empty for ``.npz`` cases, and where
    nothing was drawn.
``patient``
    Who it is; the same patient never lies in two splits. Without this column every case is a patient.
``protocol``
    Optional name of a subgroup, such as the acquisition, that evaluations tabulate on its own.
``drawn``
    ``right`` or ``left`` where the region was drawn on that side only: of the other nothing is known, and it takes no
    part in training, calibration and evaluation. ``both``, or nothing, else. In the label of a ``.npz`` case the value
    255 says that of a voxel. ``none`` where nothing was drawn at all: such a case has no mask, and can only be learnt
    from without one (``unlabelled.method`` of ``icac train``); what the label of a ``.npz`` case says is not used then.
    ``model`` where a model marked what it is sure of: ``label`` is the ``.npz`` that ``icac study pseudo-label`` wrote.
    No model is judged by either, so both are of split ``train``.
``assume``
    ``lps`` or ``ras``: where the voxel axes run of a scan or mask that does not tell; without it such files are
    refused.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from icac.ct.orientation import ASSUMPTIONS
from icac.ct.read import is_there
from icac.errors import InputError
from icac.files import read_csv
from icac.files.csv_table import CsvRow
from icac.splits import SPLITS, TRAIN, VALIDATION, read_split
from icac.trainingset.drawn import BY_MODEL, DRAWN, NOTHING

#: What a manifest is called in a folder of cases.
MANIFEST = "manifest.csv"


@dataclass(frozen=True)
class ManifestCase:
    """One row of the manifest.

    Attributes
    ----------
    name : str
    split : str
        ``train``, ``validation`` or ``test``.
    image : Path
        ``.npz`` on the network grid, or a CT.
    roi : Path or None
        Region drawn on the CT, or what a model marked; None for ``.npz`` cases, and where nothing was drawn.
    patient : str
    protocol : str
        Empty if not known.
    assume : str
        ``lps``, ``ras``, or empty, see :func:`icac.ct.read_ct`.
    drawn : str
        The side on which the region was drawn, ``right`` or ``left``; ``none`` or ``model`` where no person drew;
        empty for both.

    """

    name: str
    split: str
    image: Path
    roi: Path | None
    patient: str
    protocol: str = ""
    assume: str = ""
    drawn: str = ""

    @property
    def simulated(self) -> bool:
        """It is no scan, but a case on the network's grid."""
        return self.image.suffix == ".npz"

    @property
    def labelled(self) -> bool:
        """A person, or the simulation, says where its ICAC is: models may be judged by it."""
        return self.drawn not in (NOTHING, BY_MODEL)


@dataclass(frozen=True)
class Manifest:
    """All cases of a manifest file, and its identity."""

    path: Path
    cases: tuple[ManifestCase, ...]
    sha256: str
    """Of the CSV file."""

    def of_split(self, split: str) -> tuple[ManifestCase, ...]:
        """Return the cases of one split, in the order of the file."""
        return tuple(case for case in self.cases if case.split == split)

    @property
    def unlabelled(self) -> tuple[ManifestCase, ...]:
        """The cases of which nothing was drawn."""
        return tuple(case for case in self.cases if case.drawn == NOTHING)


def read_manifest(path: str | Path, splits: bool = True) -> Manifest:
    """Read and check a manifest.

    Parameters
    ----------
    path : str or Path
        CSV file, or the folder of ``manifest.csv``.
    splits : bool
        The splits matter. If not, the column may be missing, and nothing is asked of it.

    Raises
    ------
    InputError
        If the file or a file that it names is missing, a name occurs twice or cannot be that of a file, a split is
        unknown or empty, or a patient lies in two splits.

    """
    path = Path(path)
    path = path / MANIFEST if path.is_dir() else path
    if not path.is_file():
        raise InputError(f"{path}: this manifest of training cases does not exist.")
    cases = tuple(_read_row(row, path, splits) for row in read_csv(path).rows)
    _check_names(cases, path)
    if splits:
        _check_splits(cases, path)
    return Manifest(path, cases, hashlib.sha256(path.read_bytes()).hexdigest())


def _read_row(values: CsvRow, path: Path, splits: bool) -> ManifestCase:
    line = values.line
    name, split = values.get("case", ""), read_split(values.get("split", ""))
    if not name:
        raise InputError(f"{path}, line {line}: the column 'case' is missing or empty.")
    if set(name) & set('/\\:'):
        raise InputError(f"{path}, line {line}: case {name} cannot be the name of a file; leave out / \\ and :.")
    if split is None and splits:
        raise InputError(f"{path}, line {line}: split {values.get('split', '')!r} of case {name} is not one of "
                         f"{', '.join(SPLITS)}.")
    image = path.parent / (values.get("image") or f"{name}.npz")
    drawn, roi_text = _drawn(values, name, path), values.get("label") or values.get("roi")
    roi = path.parent / roi_text if roi_text and (image.suffix != ".npz" or drawn == BY_MODEL) else None
    for file in (image, roi):
        if file is not None and not is_there(file):
            raise InputError(f"{path}, line {line}: {file} of case {name} does not exist.")
    assume = values.get("assume", "").lower()
    if assume not in ("", *ASSUMPTIONS):
        raise InputError(f"{path}, line {line}: 'assume' of case {name} is '{assume}', not one of "
                         f"{', '.join(ASSUMPTIONS)}.")
    case = ManifestCase(name, split or "", image, roi, values.get("patient") or name, values.get("protocol", ""),
                        assume, drawn)
    fault = _fault_of_label(case)
    if fault:
        raise InputError(f"{path}, line {line}: case {name} {fault}.")
    return case


def _fault_of_label(case: ManifestCase) -> str | None:
    """Return what is wrong with the label of a case and what is said to be drawn, or None."""
    if case.drawn == BY_MODEL:
        return None if case.roi and case.roi.suffix == ".npz" else (
            "is drawn by a model, but 'label' names no .npz file of 'icac study pseudo-label'")
    if case.drawn == NOTHING:
        return f"has a mask, {case.roi.name}, but 'drawn' says none; leave one of them out" if case.roi else None
    if case.simulated:
        return ("is no scan but a .npz file, in whose label 255 says what is not drawn; leave 'drawn' empty"
                if case.drawn else None)
    return None if case.roi else (
        "has a scan but no mask in the column 'label'; if nothing was drawn on it, write none in the column 'drawn'")


def _drawn(values: CsvRow, name: str, path: Path) -> str:
    """Return the side that was drawn alone; empty for both."""
    drawn = values.get("drawn", "").lower() or DRAWN[0]
    if drawn not in DRAWN:
        raise InputError(f"{path}, line {values.line}: 'drawn' of case {name} is '{drawn}', not one of "
                         f"{', '.join(DRAWN)}.")
    return "" if drawn == DRAWN[0] else drawn


def _check_names(cases: tuple[ManifestCase, ...], path: Path) -> None:
    names = [case.name for case in cases]
    if not names:
        raise InputError(f"{path}: there is no case in this manifest.")
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(f"{path}: case {twice} occurs more than once; give every case its own name.")


def _check_splits(cases: tuple[ManifestCase, ...], path: Path) -> None:
    for case in cases:
        if case.split != TRAIN and not case.labelled:
            raise InputError(f"{path}: case {case.name} of split {case.split} has no label that a person drew, so "
                             f"nothing can be judged by it; put it into split {TRAIN}.")
    split_of: dict[str, str] = {}
    for case in cases:
        if split_of.setdefault(case.patient, case.split) != case.split:
            raise InputError(f"{path}: patient {case.patient} lies in the splits {split_of[case.patient]} and "
                             f"{case.split}; keep every patient in one split.")
    for split in (TRAIN, VALIDATION):
        if not any(case.split == split for case in cases):
            raise InputError(f"{path}: there is no case of split {split}; training needs both train and validation.")
