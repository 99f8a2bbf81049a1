"""The series of a DICOM folder, and the one in which ICAC is measured."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from icac.ct.choose_series import Choice, asked_for, choose, examinations, with_head, without
from icac.ct.dicom.describe import MIN_SLICES, describe
from icac.ct.dicom.glance import no_siphon
from icac.ct.dicom.headers import DicomFile, Slice, read_files, read_header, scan_folder, slices_of
from icac.ct.dicom.unread import UnreadFile, listed, may_belong
from icac.ct.dicom.values import BadValueError
from icac.ct.series_info import SeriesInfo
from icac.errors import InputError

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
    choice : Choice, optional
        Why it was chosen; None where there was nothing to choose.
    study : Study, optional
        What it was chosen from.

    """

    slices: list[Slice]
    unread: list[UnreadFile]
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

    """

    path: Path
    found: Mapping[str, FoundSeries]
    infos: list[SeriesInfo]

    def of(self, choice: Choice) -> FoundSeries:
        """Return the files of the chosen series."""
        assert choice.chosen is not None, "nothing is asked for that was not chosen"
        found = self.found[choice.chosen.uid]
        return replace(found, choice=choice if len(choice.judged) > 1 or choice.notes else None, study=self)

    def look(self, info: SeriesInfo) -> str:
        """Say why a series does not show the siphon, by its pixels; empty if it may."""
        return no_siphon(self.found[info.uid].slices)


def read_study(folder: Path) -> Study:
    """Read the headers of all images in a folder and its subfolders.

    Raises
    ------
    InputError
        It holds no DICOM images.

    """
    groups = _sorted_by_series(scan_folder(folder), folder)
    patients: dict[str, int] = {}
    infos = [describe(found.slices, patients.setdefault(found.slices[0].file.text("PatientID"), len(patients) + 1))
             for found in groups.values()]
    return Study(folder, groups, sorted(infos, key=SeriesInfo.order))


def list_series(folder: Path) -> list[SeriesInfo]:
    """List the image series in a folder and its subfolders, by series number.

    Raises
    ------
    InputError
        It holds no DICOM images.

    """
    return read_study(folder).infos


def rank_series(folder: Path, wanted: str | None = None, prefer: str = "") -> list[Choice]:
    """Order the series of each examination in a folder: the one that would be measured first.

    Parameters
    ----------
    folder : pathlib.Path
    wanted : str, optional
        As of :func:`find_series`; there is one choice then.
    prefer : str
        As of :func:`icac.ct.choose_series.choose`.

    Raises
    ------
    InputError
        It holds no DICOM images, or not exactly one series that fits.

    """
    study = read_study(folder)
    if wanted and not _is_study(study, wanted):
        return [_asked(study, wanted)]
    infos = [one for one in study.infos if one.study == wanted] if wanted else study.infos
    return [choose(group, prefer, study.look) for group in examinations(infos)]


def find_series(path: Path, wanted: str | None = None, prefer: str = "") -> FoundSeries:
    """Find the slices of one series.

    Parameters
    ----------
    path : pathlib.Path
        A folder (searched with its subfolders), or one file: then the series of that file within its folder.
    wanted : str, optional
        Series UID, series number, or a description or its unique beginning (in upper or lower case); or a Study UID, to
        choose among the series of that study.
    prefer : str
        Preferences in choosing, see :func:`icac.ct.choose_series.choose`.

    Returns
    -------
    FoundSeries

    Raises
    ------
    InputError
        There is no series, not exactly one that fits what is wanted, or the heads of two examinations.

    """
    if path.is_dir():
        study = read_study(path)
        return study.of(_chosen(study, wanted, prefer))
    file = read_header(path)
    if file is None:
        raise InputError(f"{path} is no DICOM, NIfTI, NRRD or MetaImage image; give a CT in one of these formats.")
    return _sorted_by_series(read_files(sorted(path.parent.iterdir())), path)[file.series_uid]


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
    return {uid: FoundSeries(members, may_belong(unread, {one.file.path for one in members}, uid))
            for uid, members in groups.items()}


def _chosen(study: Study, wanted: str | None, prefer: str) -> Choice:
    """Choose the series that was asked for, or by the rule among those of the only examination with a head."""
    if wanted and not _is_study(study, wanted):
        return _asked(study, wanted)
    infos = [one for one in study.infos if one.study == wanted.strip()] if wanted else study.infos
    if len(infos) == 1 and infos[0].modality == "CT":
        return choose([replace(infos[0], obstacle="")])  # reading it says what is wrong
    groups = with_head(examinations(infos))
    if len(groups) > 1:
        groups = _showing_heads(groups, study, prefer) or groups
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


def _showing_heads(groups: list[list[SeriesInfo]], study: Study, prefer: str) -> list[list[SeriesInfo]]:
    best = [choose(group, prefer, study.look).chosen for group in groups]
    return [group for group, one in zip(groups, best, strict=True) if one is not None and not study.look(one)]


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
