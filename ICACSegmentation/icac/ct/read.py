"""Reading a CT from whatever it is stored in."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from icac.ct.scan import CTScan, content_sha256
from icac.errors import InputError
from icac.geometry import upright

if TYPE_CHECKING:
    from icac.ct.dicom.series import FoundSeries
    from icac.ct.dicom.stack import Stack
    from icac.ct.series.choose import Choice
    from icac.ct.series.info import SeriesInfo

#: Endings of image files, and what they are. Everything else is tried as DICOM.
IMAGE_KINDS = {".nii": "nifti", ".nii.gz": "nifti", ".nrrd": "nrrd", ".nhdr": "nrrd", ".mha": "metaimage",
               ".mhd": "metaimage"}


def read_ct(path: str | Path, series: str | None = None, assume: str | None = None, *,
            incomplete: bool = False, prefer: str = "") -> CTScan:
    """Read a CT.

    Parameters
    ----------
    path : str or pathlib.Path
        A folder with DICOM files (subfolders included, other files ignored), one DICOM file (its series within its
        folder is read), or a NIfTI, NRRD or MetaImage file.
    series : str, optional
        Which DICOM series of a folder: its UID, its number, its description or the unique beginning of it, or the UID
        of its study. If omitted, :mod:`icac.ct.series.choose` chooses.
    assume : {"lps", "ras"}, optional
        Where the voxel axes of an image file run, to the left, back and head of the patient or to the right, front and
        head, if the file does not tell. Such files are refused without it.
    incomplete : bool
        Whether slices may be missing. Who allows it must ask :func:`icac.ct.missing.whole_part` whether they matter,
        as soon as it is known where in the scan the carotids lie.
    prefer : str
        Preferences in choosing a DICOM series, see :func:`icac.ct.series.choose.choose`.

    Returns
    -------
    CTScan
        Tilted or unevenly spaced DICOM series come on a regular orthogonal grid; images from other files keep
        their frame exactly, sheared or not.

    Raises
    ------
    InputError
        Nothing is there, it cannot be read, it holds several examinations, slices are missing, contradict each other
        alternate between two scans or differ in their zero, or nothing says where left and right are.

    """
    path = Path(path)
    if not is_there(path):
        raise InputError(f"{shortened(path)} does not exist; give a DICOM folder or a NIfTI, NRRD or MetaImage file.")
    kind = image_kind(path)
    if path.is_dir() or kind is None:
        return _read_dicom(path, series, prefer, incomplete)
    if series is not None:
        raise InputError(f"{path} holds one image and no DICOM series; leave --series out.")
    return _read_image(path, kind, assume)


def _read_image(path: Path, kind: str, assume: str | None) -> CTScan:
    from icac.ct.images import read_image
    from icac.ct.series.mixture import odd_slices, refuse_mixture

    volume, identity, notes = read_image(path, kind, assume)
    hu = upright(volume).array
    doubts = (*refuse_mixture(hu, str(path)), *odd_slices(hu, str(path)))
    identity = identity | {"sha256": content_sha256(volume.array, volume.frame.affine)}
    return CTScan(volume, path, kind, identity, notes, doubts=doubts)


def list_series(folder: str | Path) -> list[SeriesInfo]:
    """List the DICOM image series in a folder and its subfolders, by series number.

    Raises
    ------
    InputError
        The folder does not exist or holds no DICOM images.

    """
    from icac.ct import dicom

    return dicom.list_series(_checked_folder(folder))


def rank_series(folder: str | Path, series: str | None = None, prefer: str = "") -> list[Choice]:
    """Order the DICOM series of each examination in a folder, the one that would be measured first, with the reasons.

    Parameters
    ----------
    folder : str or pathlib.Path
    series, prefer
        As of :func:`read_ct`.

    Raises
    ------
    InputError
        The folder does not exist, holds no DICOM images, or not exactly one series that fits.

    """
    from icac.ct import dicom
    from icac.ct.glance import no_siphon

    return dicom.rank_series(_checked_folder(folder), series, prefer, no_siphon)


def chosen_series(path: str | Path, series: str | None = None, prefer: str = "") -> Choice | None:
    """Return which DICOM series :func:`read_ct` would read, by the headers; None where there is nothing to choose.

    Raises
    ------
    InputError
        Nothing is there, nothing can be chosen, or what can be is no stack of slices by its headers.

    """
    from icac.ct import dicom
    from icac.ct.dicom.one_stack import choose_stack
    from icac.ct.dicom.series import first_usable
    from icac.ct.glance import no_siphon

    folder = Path(path)

    def choice(found: FoundSeries, _errors: list[InputError]) -> Choice | None:
        choose_stack(found.slices, folder)
        return found.choice

    return first_usable(dicom.find_series(folder, series, prefer, no_siphon), choice) if folder.is_dir() else None


def _checked_folder(folder: str | Path) -> Path:
    if not Path(folder).is_dir():
        raise InputError(f"{folder} is not a folder; give the folder of a DICOM study.")
    return Path(folder)


def is_there(path: Path) -> bool:
    """Tell whether there is a file or folder; no names are too long, or not allowed, to ask."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def shortened(path: Path) -> str:
    """Return a path to be shown; a very long one is cut."""
    text = str(path)
    return text if len(text) < 500 else f"{text[:100]}...{text[-100:]}"


def image_kind(path: Path) -> str | None:
    """Return the kind of an image file by the ending of its name, None if it has no known ending."""
    name = path.name.lower()
    return next((kind for ending, kind in IMAGE_KINDS.items() if name.endswith(ending)), None)


def is_placed(path: Path) -> bool:
    """Tell whether a file says where left and right are; True of what is no image file, or cannot be read."""
    from icac.ct.formats import DamagedError, is_oriented

    kind = image_kind(path)
    try:
        return kind is None or is_oriented(path, kind)
    except (DamagedError, OSError):
        return True


def read_dicom_files(files: Sequence[str | Path]) -> CTScan:
    """Read a CT from just these files of one DICOM series, of which slices may be missing.

    Raises
    ------
    InputError
        They are no images of one series, or make no stack.

    """
    from icac.ct.dicom.series import series_of_files

    paths = [Path(file) for file in files]
    return _placed(series_of_files(paths), paths[0].parent, True, [])


def files_of_images(folder: str | Path, uids: Collection[str]) -> list[Path]:
    """Return the files in a folder and its subfolders that hold images of these SOP Instance UIDs."""
    from icac.ct.dicom.headers import DicomFile, scan_folder

    return [file.path for file in scan_folder(Path(folder))
            if isinstance(file, DicomFile) and file.text("SOPInstanceUID") in uids]


def _read_dicom(path: Path, series: str | None, prefer: str, incomplete: bool) -> CTScan:
    """Read the chosen DICOM series, or the next one by the rule if that cannot be used."""
    from icac.ct.dicom import find_series
    from icac.ct.dicom.series import first_usable
    from icac.ct.glance import no_siphon

    def read(found: FoundSeries, errors: list[InputError]) -> CTScan:
        doubts = [f"Another series than the best one was measured, as that cannot be used: {e}" for e in errors[:1]]
        return _placed(found, path, incomplete, doubts)

    return first_usable(find_series(path, series, prefer, no_siphon), read)


def _placed(found: FoundSeries, path: Path, incomplete: bool, doubts: list[str]) -> CTScan:
    """Read a series and regularize its slices."""
    from icac.ct.dicom import read_stack
    from icac.ct.dicom.filled_gaps import without_gaps
    from icac.ct.dicom.scan_identity import identity_of
    from icac.ct.dicom.unread import listed
    from icac.ct.regularize import regularize

    stack = read_stack(found.slices, path, found.unread)
    if len(stack.slices) < 2:
        raise InputError(f"The series in {path} has one slice; give a CT of the whole head.")
    if stack.missing and not incomplete:
        raise stack.missing[0].error()
    filled = without_gaps(stack)
    regular = regularize(filled.hu, filled.positions, filled.orientation, filled.spacing, filled.thickness)
    identity = identity_of(stack.slices) | {"sha256": _stack_sha256(stack)}
    beside = [f"Not all that lies in {path} was read: {listed(found.bystanders)}; named otherwise than the slices, or "
              "in another folder, none of it was taken to be a missing slice."] if found.bystanders else []
    return CTScan(regular.volume, path, "dicom", identity, (*stack.notes, *regular.corrections), regular.resampled,
                  (*doubts, *stack.doubts, *beside), stack.missing, stack.native, found.choice)


def _stack_sha256(stack: Stack) -> str:
    return content_sha256(stack.hu, stack.positions, stack.orientation, stack.spacing)
