"""The series of a DICOM folder, and the choice of the one in which ICAC can be measured."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from icac.ct.dicom.headers import CT_CLASSES, DicomFile, Slice, read_files, read_header, scan_folder, slices_of
from icac.ct.dicom.unread import UnreadFile, bystanders, listed, may_belong
from icac.ct.dicom.values import BadValueError
from icac.errors import InputError
from icac.files import is_hidden

#: Fewest slices of a series that is chosen without being asked for. ICAC spans 42 mm (C2 to C7 of the reference).
MIN_SLICES = 8

#: Slices count as axial while their normal is within 45 degrees of the patient's axis; gantries tilt up to 30.
AXIAL_COSINE = 0.7

#: So many series are listed in a message.
LISTED = 12

#: Letters of a description at most; more are no description (PS3.5, 6.2).
LONGEST_TEXT = 64

#: Values of Image Type that mark pictures made from a CT and not slices of it.
NOT_SLICES = {"LOCALIZER": "localizer", "SCOUT": "localizer", "MPR": "reformatted", "REFORMATTED": "reformatted",
              "CSA MPR": "reformatted", "PROJECTION IMAGE": "projection", "MIP": "projection", "MINIP": "projection",
              "VRT": "rendering", "VOLUME RENDERING": "rendering", "SCREEN SAVE": "screenshot", "PERFUSION": "map"}


@dataclass(frozen=True, eq=False)
class FoundSeries:
    """The files of one series.

    Attributes
    ----------
    slices : list of Slice
        In no particular order.
    unread : list of UnreadFile
        Files that may hold further slices of it.
    bystanders : list of UnreadFile
        Other files beside it that could not be read and may be images.

    """

    slices: list[Slice]
    unread: list[UnreadFile]
    bystanders: list[UnreadFile]


@dataclass(frozen=True)
class SeriesInfo:
    """One series of a folder.

    Attributes
    ----------
    uid : str
        Series Instance UID.
    number : str
        Series Number, empty if there is none.
    description : str
        Series Description.
    modality : str
        ``"CT"`` for CT.
    slices : int
        Number of images or frames.
    thickness_mm : float or None
        Slice thickness of the first slice.
    kernel : str
        Convolution kernel.
    obstacle : str
        Why this series is not chosen by itself, empty if it may be.

    """

    uid: str
    number: str
    description: str
    modality: str
    slices: int
    thickness_mm: float | None
    kernel: str
    obstacle: str

    def order(self) -> tuple[int, str]:
        """Sort key: the series number, then the UID."""
        return (int(self.number) if self.number.isdigit() else 10**9, self.uid)

    def __str__(self) -> str:
        parts = [f"{self.slices} image{'s' * (self.slices != 1)}"]
        if self.thickness_mm:
            parts.append(f"{self.thickness_mm:g} mm")
        parts += [text for text in (self.kernel and f"kernel {self.kernel}", self.obstacle) if text]
        name = f"'{self.description}'" if self.description else "without description"
        return f"{self.number or '-'} {name} ({', '.join(parts)}; UID {self.uid[:LONGEST_TEXT]})"


def list_series(folder: Path) -> list[SeriesInfo]:
    """List the image series in a folder and its subfolders, by series number.

    Raises
    ------
    InputError
        The folder does not exist or holds no DICOM images.

    """
    infos = [_describe(found.slices) for found in _group(folder).values()]
    return sorted(infos, key=SeriesInfo.order)


def find_series(path: Path, wanted: str | None = None) -> FoundSeries:
    """Find the slices of one series.

    Parameters
    ----------
    path : pathlib.Path
        A folder (searched with its subfolders), or one file: then the series of that file within its folder.
    wanted : str, optional
        Series UID, series number, or a description or its unique beginning (in upper or lower case).

    Returns
    -------
    FoundSeries

    Raises
    ------
    InputError
        There is no series, or not exactly one that fits.

    """
    if path.is_dir():
        groups = _group(path)
        return groups[_choose(path, [_describe(found.slices) for found in groups.values()], wanted).uid]
    file = read_header(path)
    if file is None:
        raise InputError(f"{path} is no DICOM, NIfTI, NRRD or MetaImage image; give a CT in one of these formats.")
    beside = sorted(one for one in path.parent.iterdir() if one == path or not is_hidden(one.name))
    return _sorted_by_series(read_files(beside), path)[file.series_uid]


def _group(folder: Path) -> dict[str, FoundSeries]:
    """Sort the slices in a folder by their series UID."""
    return _sorted_by_series(scan_folder(folder), folder)


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
    return {uid: _with_unread(members, unread) for uid, members in groups.items()}


def _with_unread(slices: list[Slice], unread: list[UnreadFile]) -> FoundSeries:
    """Return a series with those of the files not read that may matter to it."""
    paths = {one.file.path for one in slices}
    return FoundSeries(slices, may_belong(unread, paths, slices[0].file.series_uid), bystanders(unread, paths))


def _describe(slices: list[Slice]) -> SeriesInfo:
    """Sum up a series."""
    first = slices[0]
    number, description, modality = (first.file.text(keyword)[:LONGEST_TEXT]
                                     for keyword in ("SeriesNumber", "SeriesDescription", "Modality"))
    return SeriesInfo(first.file.series_uid, number, description, modality, len(slices), first.thickness,
                      first.kernel[:LONGEST_TEXT], _obstacle(slices))


def _obstacle(slices: list[Slice]) -> str:
    """Say why a series cannot be the CT that is looked for; empty if it can."""
    file = slices[0].file
    if file.text("Modality") != "CT":
        return f"modality {file.text('Modality')[:LONGEST_TEXT] or 'unknown'}"
    if file.text("SOPClassUID") not in CT_CLASSES:
        return "not CT images"
    reasons = [image_kind(one) for one in slices]
    usable = [one for one, reason in zip(slices, reasons, strict=True) if not reason]
    if not usable:
        return reasons[0]
    axial = sum(abs(one.normal[2]) >= AXIAL_COSINE for one in usable)
    if axial == 0:
        return "not axial"
    return "" if axial >= MIN_SLICES else f"fewer than {MIN_SLICES} slices"


def image_kind(one: Slice) -> str:
    """Name what an image is if it is no slice of a CT (localizer, projection...); empty for a slice."""
    values = [value.strip().upper() for value in one.image_type.split("\\")]
    # The first value is ORIGINAL or DERIVED; anonymisers and resamplers set DERIVED on good slices.
    kind = next((NOT_SLICES[value] for value in values if value in NOT_SLICES), "")
    return kind or ("" if one.has_geometry else "no position")


def _choose(folder: Path, infos: list[SeriesInfo], wanted: str | None) -> SeriesInfo:
    """Choose the series that was asked for, or the only one that fits."""
    if wanted is None:
        lone_ct = infos if len(infos) == 1 and infos[0].modality == "CT" else []
        matches = [s for s in infos if not s.obstacle] or lone_ct
        problem = f"The folder {folder} holds {len(matches) or 'no'} axial CT series"
    else:
        matches = _match(infos, wanted.strip())
        problem = f"{len(matches) or 'None'} of the series in {folder} fit{'s' * (not matches)} '{wanted}'"
    if len(matches) == 1:
        return matches[0]
    _refuse_series_of_one(folder, infos)
    shown = sorted(matches or infos, key=SeriesInfo.order)
    names = "; ".join(str(s) for s in shown[:LISTED]) + (f"; and {len(shown) - LISTED} more" * (len(shown) > LISTED))
    raise InputError(f"{problem}; choose one with --series (UID, number or description) among: {names}.")


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
