"""The files of a result: which there are, what each is called, and finding them again."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

#: NIfTI readers would bend volumes of a sheared frame (tilted gantry): these are NRRD.
_VOLUME = (".nii.gz", ".nrrd")

#: Folder within that of a subject or session that holds what is of its CT, as BIDS has one for each kind of data.
DATATYPE = "ct"

#: What the name of each file, by role, can end with; the usual ending first.
ENDINGS: Mapping[str, tuple[str, ...]] = {
    "mask": _VOLUME, "segmentation": (".seg.nrrd",), "lesions": (".csv",), "overview": (".png",),
    "probability": _VOLUME, "ct": _VOLUME, "dicom_segmentation": (".dcm",), "dicom_overview": (".dcm",),
    "dicom_right": (".dcm",), "dicom_left": (".dcm",), "dicom_report": (".dcm",), "report": (".json",),
}

#: What DICOM files of results name as their manufacturer.
MANUFACTURER = "ICACSegmentation"

#: Folder of what is written as DICOM, within that of the result, and what its files are called by role.
DICOM = "dicom"
_DICOM_STEMS = {"dicom_segmentation": "icac_seg", "dicom_overview": "overview", "dicom_right": "right",
                "dicom_left": "left", "dicom_report": "icac_sr"}


@dataclass(frozen=True)
class ResultNames:
    """What the files of a result are called.

    Attributes
    ----------
    stems : mapping of str to str
        Role, a key of :data:`ENDINGS`, to the name without its ending, with its folder if it has one.

    """

    stems: Mapping[str, str]

    def usual(self, role: str) -> str:
        """Return the name of a file, with its usual ending."""
        return f"{self.stems[role]}{ENDINGS[role][0]}"

    def of(self, role: str) -> tuple[str, ...]:
        """Return every name that a file can have, the usual one first."""
        return tuple(f"{self.stems[role]}{ending}" for ending in ENDINGS[role])

    def lesion_picture(self, number: int) -> str:
        """Return the name of the key picture of a lesion, by its number in the mask."""
        return f"{self.stems['picture']}-{number:03d}.png"

    def lesion_pictures_in(self, folder: Path) -> list[str]:
        """Return the names of the key pictures that a folder holds."""
        pattern = re.compile(rf"{re.escape(self.stems['picture'])}-\d{{3,}}\.png", re.ASCII)
        return sorted(path.name for path in folder.iterdir() if pattern.fullmatch(path.name)) if folder.is_dir() else []

    def attribution(self, number: int) -> dict[str, tuple[str, ...]]:
        """Return what the files that explain a lesion can be called, by role, by its number in the mask."""
        stem = f"{self.stems['attribution']}-{number:03d}"
        return {role: tuple(stem + ending for ending in endings) for role, endings in
                (("attribution", _VOLUME), ("picture", (".png",)), ("record", (".json",)))}

    def attributions_in(self, folder: Path) -> list[str]:
        """Return the names of the files in a folder that explain lesions."""
        endings = "|".join(re.escape(ending) for ending in (*_VOLUME, ".png", ".json"))
        pattern = re.compile(rf"{re.escape(self.stems['attribution'])}-\d{{3,}}({endings})", re.ASCII)
        return sorted(path.name for path in folder.iterdir() if pattern.fullmatch(path.name)) if folder.is_dir() else []

    def every(self) -> tuple[str, ...]:
        """Return every name that any file can have, but for the key pictures of lesions, of which there are many."""
        return tuple(name for role in ENDINGS for name in self.of(role))


#: What ``icac segment`` calls them, in a folder of their own.
USUAL_NAMES = ResultNames({"mask": "icac", "segmentation": "icac", "lesions": "lesions", "overview": "overview",
                           "probability": "probability", "ct": "ct_resampled", "report": "report",
                           "picture": "lesion", "attribution": "attribution",
                           **{role: f"{DICOM}/{stem}" for role, stem in _DICOM_STEMS.items()}})


def bids_names(scan: str) -> ResultNames:
    """Return the names of the files of one scan of a cohort, as in BIDS derivatives.

    Parameters
    ----------
    scan : str
        Name of the scan, such as ``sub-1_ses-2``.

    """
    suffixes = {"mask": "desc-icac_dseg", "segmentation": "desc-icac_dseg", "lesions": "desc-icac_lesions",
                "overview": "desc-icac_overview", "probability": "desc-icac_probseg", "ct": "desc-resampled_ct",
                "report": "desc-icac_report", "picture": "desc-icac_lesion", "attribution": "desc-icac_attribution"}
    stems = {role: f"{scan}_{suffix}" for role, suffix in suffixes.items()}
    return ResultNames(stems | {role: f"{DICOM}/{scan}_{stem}" for role, stem in _DICOM_STEMS.items()})


def bids_folder(scan: str) -> str:
    """Return the folder of the files of one scan relative to that of its cohort, such as ``sub-1/ses-2/ct``."""
    return f"{scan.replace('_', '/')}/{DATATYPE}"


def is_result(names: Collection[str]) -> bool:
    """Tell whether a folder with files of these names holds complete results of ``icac segment``."""
    return USUAL_NAMES.usual("report") in names and any(name in names for name in USUAL_NAMES.of("mask"))


def find_file(folder: Path, role: str) -> Path | None:
    """Return the file of a role in a folder of results of ``icac segment``, None if it has none."""
    return next((folder / name for name in USUAL_NAMES.of(role) if (folder / name).is_file()), None)


def find_mask(folder: Path) -> Path | None:
    """Return the labelmap in a folder of results, else the segmentation for 3D Slicer, None if there is neither."""
    return find_file(folder, "mask") or find_file(folder, "segmentation")


def find_beside(mask: Path, role: str) -> Path | None:
    """Return the file of a role that belongs to a labelmap of ``icac segment``; None for labelmaps of other names."""
    ours = (*USUAL_NAMES.of("mask"), *USUAL_NAMES.of("segmentation"))
    return find_file(mask.parent, role) if mask.name in ours else None
