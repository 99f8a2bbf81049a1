"""The series of a DICOM folder, and the one in which ICAC is measured."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from icac.ct.dicom.header_values import BadValueError
from icac.ct.dicom.headers import DicomFile, Slice, read_files, read_header, scan_folder, slices_of
from icac.ct.dicom.one_stack import choose_stack
from icac.ct.dicom.segmentation import is_dicom
from icac.ct.dicom.series_description import describe
from icac.ct.dicom.unread import UnreadFile, bystanders, listed, may_belong
from icac.ct.series.choose import (
    Choice,
    Look,
    asked_for,
    choose,
    examinations,
    refused,
    uncovered,
    with_head,
    without,
)
from icac.ct.series.info import SeriesInfo
from icac.ct.series.limits import MIN_SLICES
from icac.errors import InputError
from icac.files import is_hidden

#: Says why slices do not show the siphon, by their pixels; empty if they may.
LookAtSlices = Callable[[list[Slice]], str]

#: What is made of a series.
Used = TypeVar("Used")

#: So many series are listed in a message.
LISTED = 12


@dataclass(frozen=True, eq=False)
class FoundSeries:
    """The files of one series.

    Attributes
    ----------
    slices : list of Slice
        In no particular order.
    unread : list of UnreadFile
        Files that may hold further slices of it.
    bystanders : sequence of UnreadFile
        Other files and folders that could not be read and may hold images of it.
    choice : Choice, optional
        Why it was chosen; None where there was nothing to choose.
    study : Study, optional
        What it was chosen from.

    """

    slices: list[Slice]
    unread: list[UnreadFile]
    bystanders: Sequence[UnreadFile] = ()
    choice: Choice | None = None
    study: Study | None = None

    def next_best(self, why: str) -> FoundSeries | None:
        """Return the series that comes next by the rule, as this one cannot be used; None if there is none."""
        if self.choice is None or self.study is None:
            return None
        choice = without(self.choice, why)
        return None if choice is None else self.study.of(choice)


@dataclass(frozen=True, eq=False)
class Study:
    """All that a folder holds.

    Attributes
    ----------
    path : pathlib.Path
    found : mapping of str to FoundSeries
        By UID.
    infos : list of SeriesInfo
        By number.
    look : callable, optional
        Looks at the pixels of one of them.

    """

    path: Path
    found: Mapping[str, FoundSeries]
    infos: list[SeriesInfo]
    look: Look | None = None

    def of(self, choice: Choice) -> FoundSeries:
        """Return the files of the chosen series."""
        assert choice.chosen is not None, "nothing is asked for that was not chosen"
        found = self.found[choice.chosen.uid]
        return replace(found, choice=choice if len(choice.ranked) > 1 or choice.notes else None, study=self)

    def usable(self, choice: Choice) -> Choice:
        """Return the choice of the first series that is one stack by its headers; none of them may be."""
        while choice.chosen is not None:
            try:
                choose_stack(self.found[choice.chosen.uid].slices, self.path)
                return choice
            except InputError as error:
                choice = without(choice, str(error)) or refused(choice, str(error))
        return choice


def read_study(folder: Path, look: LookAtSlices | None = None) -> Study:
    """Read the headers of all images in a folder and its subfolders.

    Links to other folders are followed where there is no image without them; otherwise they are named with what could
    not be read, since a link may lead to another examination.

    Parameters
    ----------
    folder : pathlib.Path
    look : callable, optional
        As of :func:`find_series`.

    Raises
    ------
    InputError
        It holds no DICOM images.

    """
    files = list(scan_folder(folder))
    if not any(isinstance(one, DicomFile) for one in files):
        files = list(scan_folder(folder, follow=True))
    groups = _sorted_by_series(files, folder)
    ids = [found.slices[0].file.text("PatientID") for found in groups.values()]
    known = list(dict.fromkeys(one for one in ids if one))  # who has no number is not taken for another one
    infos = [describe(found.slices, 1 + known.index(one) if one else 1)
             for found, one in zip(groups.values(), ids, strict=True)]
    look_at = (lambda info: look(groups[info.uid].slices)) if look else None
    return Study(folder, groups, sorted(infos, key=SeriesInfo.order), look_at)


def list_series(folder: Path) -> list[SeriesInfo]:
    """List the image series in a folder and its subfolders, by series number.

    Raises
    ------
    InputError
        It holds no DICOM images.

    """
    return read_study(folder).infos


def rank_series(folder: Path, wanted: str | None = None, prefer: str = "", look: LookAtSlices | None = None
                ) -> list[Choice]:
    """Order the series of each examination in a folder: the one that would be measured first.

    Parameters
    ----------
    folder : pathlib.Path
    wanted : str, optional
        As of :func:`find_series`; there is one choice then.
    prefer : str
        As of :func:`icac.ct.series.choose.choose`.
    look : callable, optional
        As of :func:`find_series`.

    Raises
    ------
    InputError
        It holds no DICOM images, or not exactly one series that fits.

    """
    study = read_study(folder, look)
    if wanted and not _is_study(study, wanted):
        return [study.usable(_asked(study, wanted))]
    infos = [one for one in study.infos if one.study == wanted.strip()] if wanted else study.infos
    return [study.usable(choose(group, prefer, study.look)) for group in examinations(infos)]


def find_series(path: Path, wanted: str | None = None, prefer: str = "", look: LookAtSlices | None = None
                ) -> FoundSeries:
    """Find the slices of one series.

    Parameters
    ----------
    path : pathlib.Path
        A folder (searched with its subfolders), or one file: then the series of that file within its folder.
    wanted : str, optional
        Series UID, series number, or a description or its unique beginning (in upper or lower case); or a Study UID, to
        choose among the series of that study.
    prefer : str
        Preferences in choosing, see :func:`icac.ct.series.choose.choose`.
    look : callable, optional
        Says why slices do not show the siphon, by their pixels, empty if they may; asked where headers do not tell.

    Returns
    -------
    FoundSeries

    Raises
    ------
    InputError
        There is no series, not exactly one that fits what is wanted, or the heads of two examinations.

    """
    if path.is_dir():
        study = read_study(path, look)
        return study.of(_chosen(study, wanted, prefer))
    file = read_header(path)
    if file is None and is_dicom(path):
        raise InputError(f"{path} is a DICOM file without an image that can be read (a directory, a report, or damaged)"
                         "; give the folder of the CT series.")
    if file is None:
        raise InputError(f"{path} is no DICOM, NIfTI, NRRD or MetaImage image; give a CT in one of these formats.")
    beside = sorted(one for one in path.parent.iterdir() if one == path or not is_hidden(one.name))
    return _sorted_by_series(read_files(beside), path)[file.series_uid]


def first_usable(found: FoundSeries, use: Callable[[FoundSeries, list[InputError]], Used]) -> Used:
    """Return what is made of a series, or of the next one by the rule as long as they cannot be used.

    Parameters
    ----------
    found : FoundSeries
    use : callable
        Makes it of a series; is told also why those before could not be used.

    Raises
    ------
    InputError
        None can be used: what is wrong with the first.

    """
    errors: list[InputError] = []
    following: FoundSeries | None = found
    while following is not None:
        try:
            return use(following, errors)
        except InputError as error:
            errors.append(error)
            following = following.next_best(str(error))
    raise errors[0]


def series_of_files(paths: list[Path]) -> FoundSeries:
    """Return the one series that these files are; raises InputError if they are none, or several."""
    groups = _sorted_by_series(read_files(paths), paths[0].parent)
    if len(groups) > 1:
        raise InputError(f"The files in {paths[0].parent} are of {len(groups)} series; give those of one.")
    return next(iter(groups.values()))


def _sorted_by_series(files: Iterable[DicomFile | UnreadFile], path: Path) -> dict[str, FoundSeries]:
    """Sort slices by their series UID, and give to each series the files that may belong to it."""
    slices: defaultdict[str, list[Slice]] = defaultdict(list)
    unread: list[UnreadFile] = []
    for file in files:
        try:
            if isinstance(file, UnreadFile):
                unread.append(file)
            else:
                slices[file.series_uid] += slices_of(file)
        except BadValueError as error:
            unread.append(UnreadFile(file.path, str(error), file.series_uid, is_dicom=True))
    groups = {uid: members for uid, members in slices.items() if members}
    damaged = [one for one in unread if one.is_dicom]
    if not groups and damaged:
        raise InputError(f"No DICOM image in {path} can be used: {listed(damaged)}; export the series again.")
    if not groups:
        raise InputError(f"The folder {path} holds no DICOM images; give the folder of the CT series.")
    occupied = {one.file.path.parent for members in groups.values() for one in members}
    return {uid: _with_unread(members, unread, occupied) for uid, members in groups.items()}


def _with_unread(slices: list[Slice], unread: list[UnreadFile], occupied: set[Path]) -> FoundSeries:
    """Return a series with those of the files not read that may matter to it."""
    paths = {one.file.path for one in slices}
    return FoundSeries(slices, may_belong(unread, paths, slices[0].file.series_uid),
                       bystanders(unread, paths, occupied))


def _chosen(study: Study, wanted: str | None, prefer: str) -> Choice:
    """Choose the series that was asked for, or by the rule among those of the only examination with a head."""
    if wanted and not _is_study(study, wanted):
        return _asked(study, wanted)
    infos = [one for one in study.infos if one.study == wanted.strip()] if wanted else study.infos
    if len(infos) == 1 and infos[0].modality == "CT":
        return choose([replace(infos[0], obstacle="")])  # reading it says what is wrong
    groups = with_head(examinations(infos))
    if len(groups) > 1 and study.look:
        groups = _showing_heads(groups, study.look, prefer) or groups
    if len(groups) > 1:
        _refuse_examinations(study.path, groups, prefer)
    if not groups:
        _refuse_series_of_one(study.path, infos)
        raise InputError(f"The folder {study.path} holds no axial CT series; choose one with --series (UID, number or "
                         f"description) among: {_listed(infos)}.")
    choice = choose(groups[0], prefer, study.look)
    others = sum(len(group) for group in examinations(infos)) - len(groups[0])
    note = f"{others} series of other examinations in the folder were left out." if others else ""
    return replace(choice, notes=(*choice.notes, note)) if note else choice


def _showing_heads(groups: list[list[SeriesInfo]], look: Look, prefer: str) -> list[list[SeriesInfo]]:
    best = [choose(group, prefer, look).chosen for group in groups]
    return [group for group, one in zip(groups, best, strict=True)
            if one is not None and not (uncovered(one) or look(one))]


def _refuse_examinations(path: Path, groups: list[list[SeriesInfo]], prefer: str) -> None:
    """Say that a folder holds heads of several patients, studies or times, and which series is the best of each."""
    patients, studies = ({key(group[0]) for group in groups} for key in (lambda s: s.patient, lambda s: s.study))
    what = (f"head CTs of {len(patients)} patients" if len(patients) > 1 else f"{len(studies)} studies with a head CT"
            if len(studies) > 1 else f"{len(groups)} head CTs of different times")
    best = [chosen for group in groups if (chosen := choose(group, prefer).chosen)]
    raise InputError(f"The folder {path} holds {what}; choose one with --series (UID) among the best of each: "
                     f"{_listed(best)}.")


def _is_study(study: Study, wanted: str) -> bool:
    return any(one.study == wanted.strip() for one in study.infos)


def _asked(study: Study, wanted: str) -> Choice:
    """Return the choice of the series that was asked for."""
    matches = _match(study.infos, wanted.strip())
    if len(matches) == 1:
        infos = next(group for group in examinations(study.infos) if matches[0] in group)
        return asked_for(infos, matches[0], wanted.strip())
    _refuse_series_of_one(study.path, study.infos)
    raise InputError(f"{len(matches) or 'None'} of the series in {study.path} fit{'s' * (not matches)} '{wanted}'; "
                     f"choose one with --series (UID, number or description) among: "
                     f"{_listed(matches or study.infos)}.")


def _listed(infos: list[SeriesInfo]) -> str:
    shown = "; ".join(str(s) for s in infos[:LISTED])
    return shown + (f"; and {len(infos) - LISTED} more" if len(infos) > LISTED else "")


def _refuse_series_of_one(folder: Path, infos: list[SeriesInfo]) -> None:
    """Say that every image has a series UID of its own, where an anonymiser gave it."""
    single = [s for s in infos if s.slices == 1 and s.modality == "CT"]
    alike = max((sum((s.number, s.description) == (t.number, t.description) for t in single) for s in single[:20]),
                default=0)
    if alike >= MIN_SLICES:
        raise InputError(f"{alike} CT images in {folder} have a Series Instance UID each (an anonymiser or converter "
                         "replaced it image by image), so that nothing tells which belong together; export them again "
                         "with one UID a series.")


def _match(infos: list[SeriesInfo], wanted: str) -> list[SeriesInfo]:
    """Find series by UID, number, description or the beginning of the description; the first way that finds any."""
    text = wanted.casefold()
    ways = (lambda s: s.uid == wanted, lambda s: s.number == wanted, lambda s: s.description.casefold() == text,
            lambda s: s.description.casefold().startswith(text))
    return next((found for way in ways if (found := [s for s in infos if way(s)])), [])
