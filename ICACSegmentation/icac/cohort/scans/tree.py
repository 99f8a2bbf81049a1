"""Walking through a tree of folders for a cohort: what is an image, what is a DICOM series, and what is left out."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from icac.cases.file_names import Role, bids_role
from icac.cases.folders import is_of_worklist
from icac.ct.read import image_kind
from icac.files import is_hidden, read_json
from icac.result_files import MANUFACTURER, USUAL_NAMES, is_result

#: In the folder of a cohort: that of the bookkeeping, and the record of a finished scan in its folder.
HIDDEN, RECORD = ".cohort", "scan.json"

#: In the names of all images that a cohort writes (see `icac.cohort.results.files`).
_COHORT_NAMES = ("_desc-icac_", "_desc-resampled_ct")

#: So many images of a folder are opened to see whether it holds one study only.
_SAMPLES = 7

#: Why something is left out.
HIDDEN_NAME, SEGMENTATION, NO_CT, RESULT, COHORT, WORKLIST, NO_FILE, CIRCLE, TWICE, UNREADABLE = (
    "its name begins with a dot", "a segmentation", "no CT, by its BIDS name", "a result of an earlier run",
    "results of an earlier cohort", "masks of a worklist", "neither file nor folder",
    "a link to a folder that it lies in", "the same folder as another one", "unreadable")


@dataclass(frozen=True)
class LeftOut:
    """Something that is not taken for a scan.

    Attributes
    ----------
    path : str
    reason : str

    """

    path: str
    reason: str


@dataclass(frozen=True)
class DicomFolder:
    """A folder with DICOM images of its own.

    Attributes
    ----------
    path : Path
    study, series, instance : str
        UIDs of the first image.
    mixed : bool
        It holds images of several patients, studies or days.
    patient, number, frame : str
        Patient ID, Series Number and Frame of Reference UID of the first image.

    """

    path: Path
    study: str
    series: str
    instance: str
    mixed: bool = False
    patient: str = ""
    number: str = ""
    frame: str = ""


@dataclass
class Tree:
    """What a tree holds.

    Attributes
    ----------
    images : list of Path
        Image files.
    dicom : list of DicomFolder
    left_out : list of LeftOut

    """

    images: list[Path] = field(default_factory=list)
    dicom: list[DicomFolder] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    def leave_out(self, path: str | Path, reason: str) -> None:
        """Note that something is not taken."""
        self.left_out.append(LeftOut(str(path), reason))


def walk_tree(root: Path, skip: Path | None) -> Tree:
    """Look through a folder and all below it; links to folders are followed, each folder is entered once.

    Parameters
    ----------
    root : Path
    skip : Path or None
        A folder that is not entered, and not noted either.

    """
    tree = Tree()
    entered = {_identity(root)}
    walk = os.walk(root, followlinks=True, onerror=lambda error: tree.leave_out(error.filename, UNREADABLE))
    for parent, folders, names in walk:
        folder = Path(parent)
        folders[:] = [name for name in sorted(folders, key=lambda name: ((folder / name).is_symlink(), name))
                      if folder / name != skip and _enters(folder / name, tree, entered)]
        files = [name for name in sorted(names) if _takes(folder / name, tree)]
        tree.images += _images(folder, files, tree)
        first = _first_dicom(folder, [name for name in files if image_kind(Path(name)) is None], tree)
        tree.dicom += [first] if first else []
    return tree


def _identity(folder: Path) -> tuple[int, int]:
    status = folder.stat()
    return status.st_dev, status.st_ino


def _enters(folder: Path, tree: Tree, entered: set[tuple[int, int]]) -> bool:
    """Tell whether a folder is to be searched, and note that it was."""
    try:
        identity = _identity(folder)
        above = identity in {_identity(parent) for parent in folder.parents}
    except OSError:
        tree.leave_out(folder, UNREADABLE)
        return False
    reason = (HIDDEN_NAME if is_hidden(folder.name) else CIRCLE if above else TWICE if identity in entered
              else COHORT if (folder / HIDDEN).is_dir() or _is_of_cohort(folder)
              else WORKLIST if is_of_worklist(folder) else "")
    if reason:
        if folder.name != HIDDEN:
            tree.leave_out(folder, reason)
        return False
    entered.add(identity)
    return True


def _is_of_cohort(folder: Path) -> bool:
    record = read_json(folder / RECORD)
    return isinstance(record, dict) and "identity_sha256" in record


def _takes(file: Path, tree: Tree) -> bool:
    """Tell whether a file is looked at: hidden ones are not, nor what would never end, such as a pipe."""
    kind: object = image_kind(file)
    if is_hidden(file.name):
        reason = HIDDEN_NAME
    elif kind and any(part in file.name for part in _COHORT_NAMES):
        reason = RESULT
    elif kind and (file.name.lower().endswith(".seg.nrrd") or bids_role(file) is Role.MASK):
        reason = SEGMENTATION
    elif kind and bids_role(file) is Role.NEITHER:
        reason = NO_CT
    elif file.exists() and not file.is_file():
        reason, kind = NO_FILE, True
    else:
        return kind is not None or file.is_file()  # an image that is a broken link is a scan that fails
    if kind:
        tree.leave_out(file, reason)
    return False


def _images(folder: Path, names: list[str], tree: Tree) -> Iterator[Path]:
    """Yield the image files of a folder but for those that 'icac segment' wrote."""
    results = USUAL_NAMES.every() if is_result(names) else ()
    for name in names:
        if image_kind(Path(name)) is None:
            continue
        if name in results:
            tree.leave_out(folder / name, RESULT)
        else:
            yield folder / name


def _first_dicom(folder: Path, names: list[str], tree: Tree) -> DicomFolder | None:
    """Return what the first DICOM image among some files says; other files may come before it, however many.

    Images that were written as results are none.
    """
    from icac.ct.dicom.headers import read_header

    for number, name in enumerate(names):
        header = read_header(folder / name)
        if header is not None and header.text("Manufacturer") == MANUFACTURER:
            tree.leave_out(folder / name, RESULT)
        elif header is not None:
            study, series, instance = (header.text(f"{level}InstanceUID") for level in ("Study", "Series", "SOP"))
            more = (header.text(name) for name in ("PatientID", "SeriesNumber", "FrameOfReferenceUID"))
            return DicomFolder(folder, study, series, instance, _is_mixed([folder / other for other in names[number:]]),
                               *more)
    return None


def _is_mixed(files: list[Path]) -> bool:
    """Tell by some of the images of a folder whether they are of one patient, study and day."""
    from icac.ct.dicom.headers import read_header

    picked = {round(n * (len(files) - 1) / (_SAMPLES - 1)) for n in range(_SAMPLES)}
    headers = [header for n in picked if (header := read_header(files[n])) is not None]
    return any(len({told for header in headers if (told := header.text(keyword))}) > 1
               for keyword in ("PatientID", "StudyInstanceUID", "AcquisitionDate"))


def dicom_scans(root: Path, found: list[DicomFolder]) -> Iterator[tuple[Path, str]]:
    """Yield what is a scan of its own: a folder, and the study or series in it if it holds several examinations.

    Of a subject in one of whose folders studies are mixed, every examination that may hold a head is a scan.
    """
    if _is_the_study_of_one(found):
        yield root, ""
        return
    mixed = {_subject(root, one) for one in found if one.mixed}
    for subject in sorted(mixed):
        folders = [one.path for one in found if _subject(root, one) == subject]
        yield from _examinations(Path(os.path.commonpath(folders)))
    for path in study_folders(root, [one for one in found if _subject(root, one) not in mixed]):
        yield path, ""


def _is_the_study_of_one(found: list[DicomFolder]) -> bool:
    """Tell whether all folders of a tree are the series of one study: then the tree is a study, no cohort.

    Folders of different people to which an archive gave one study do not lie in one space, have no patient, or have the
    same series numbers.
    """
    whose = {(one.study, one.patient) for one in found}
    if len(found) < 2 or len(whose) > 1 or not all(next(iter(whose))) or any(one.mixed for one in found):
        return False
    numbers, series = {one.number for one in found} - {""}, {one.series for one in found}
    frames = [one.frame for one in found if one.frame]
    return len(numbers) == len(series) == len(found) and len(set(frames)) < len(frames)


def _subject(root: Path, one: DicomFolder) -> str:
    """Return the folder directly below the root in which another lies, empty for the root itself."""
    return next(iter(one.path.relative_to(root).parts), "")


def _examinations(folder: Path) -> list[tuple[Path, str]]:
    """Return the examinations in a folder, by UID of the study where that tells them apart, else of the series."""
    from icac.ct import rank_series
    from icac.ct.series.choose import uncovered
    from icac.errors import InputError

    try:
        heads = [one.chosen for one in rank_series(folder) if one.chosen and not uncovered(one.chosen)]
    except InputError:
        heads = []
    studies = [one.study for one in heads]
    if len(heads) < 2:
        return [(folder, "")]  # reading it says what is wrong, if anything is
    return [(folder, one.study if one.study and studies.count(one.study) == 1 else one.uid) for one in heads]


def study_folders(root: Path, found: list[DicomFolder]) -> Iterator[Path]:
    """Yield the folders that are scans: that of each study, or those with images where no folder holds a study alone.

    Folders below different ones in the root are of different subjects, whatever their UIDs say: some archives give
    all patients the same. So are two that hold the same image.
    """
    studies: dict[tuple[str, str], list[DicomFolder]] = defaultdict(list)
    for one in found:
        studies[_subject(root, one), one.study or str(one.path)].append(one)
    below = defaultdict(set)
    for key, folders in studies.items():
        for one in folders:
            for ancestor in (one.path, *one.path.parents):
                below[ancestor].add(key)
                if ancestor == root:
                    break
    for key, folders in studies.items():
        common = Path(os.path.commonpath([one.path for one in folders]))
        if below[common] == {key} and _are_one_study(common, folders):
            yield common
        else:
            yield from (one.path for one in folders)


def _are_one_study(common: Path, folders: list[DicomFolder]) -> bool:
    """Tell whether folders of one Study UID hold different images, and a reader of their common folder finds them.

    It follows links only where there is nothing else.
    """
    images = {(one.series, one.instance) for one in folders}
    return len(images) == len(folders) and len({_is_linked(one.path, common) for one in folders}) == 1


def _is_linked(folder: Path, above: Path) -> bool:
    return any(path.is_symlink() for path in (folder, *folder.parents) if path.is_relative_to(above) and path != above)
