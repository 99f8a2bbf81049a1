"""Looking through a folder for scans, drawn regions and results."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from icac.cases.dicom_series import dicom_items
from icac.cases.file_names import Role, folder_keys, is_image_name, read_name
from icac.cases.folders import walk_folders
from icac.result_files import is_result


@dataclass(frozen=True)
class FoundFile:
    """A scan, region or folder of results.

    Attributes
    ----------
    path : Path
    key : str
        Case that the name of the file tells; empty if its folders do, as with DICOM.
    folders : tuple of str
        Names of its folders that may tell the case, innermost first.
    series_uid : str
        DICOM series that it is, or on which it was drawn; empty if not known.
    study_uid : str
        DICOM study of a scan; empty if not known.
    reformatted : bool
        A DICOM series whose slices were computed from other slices.

    """

    path: Path
    key: str
    folders: tuple[str, ...]
    series_uid: str = ""
    study_uid: str = ""
    reformatted: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """Everything that may tell the case, best first."""
        return (self.key, *self.folders) if self.key else self.folders


@dataclass
class Findings:
    """Everything of interest in a folder, in the order of the names."""

    scans: list[FoundFile] = field(default_factory=list)
    masks: list[FoundFile] = field(default_factory=list)
    results: list[FoundFile] = field(default_factory=list)


def look_through(root: Path) -> Findings:
    """Return all scans, regions and folders of results in a folder and its subfolders."""
    found = Findings()
    for folder, names, folders in walk_folders(root, enter=lambda folder: not is_result(folder.files)):
        relative = folder.relative_to(root)
        if is_result(names):
            found.results.append(FoundFile(folder, "", folder_keys(relative.parts)))
            continue
        for name in names:
            if is_image_name(name):
                _sort_in(found, folder / name, relative / name)
        others = [folder / name for name in names if not is_image_name(name)]
        for item in dicom_items(folder, others, alone=not folders):
            file = FoundFile(item.path, "", folder_keys(relative.parts), item.series_uid, item.study_uid,
                             item.reformatted)
            (found.masks if item.is_region else found.scans).append(file)
    return found


def _sort_in(found: Findings, path: Path, relative: Path) -> None:
    named = read_name(relative)
    file = FoundFile(path, named.key, folder_keys(relative.parent.parts))
    if named.role is Role.SCAN:
        found.scans.append(file)
    elif named.role is Role.MASK:
        found.masks.append(file)
