"""What the name of a file says: scan or drawn region, and of which case.

Understood are endings such as ``p1_roi``, ``p1-label``, ``p1_icac``, ``p1.seg``, beginnings such as ``roi_p1``,
folders such as ``labelsTr`` or ``manual``, generic names in a folder of the case (``p1/ct``, ``p1/roi``), nnU-Net's
channel number (``p1_0000``) and BIDS (``sub-1_ses-2_ct``, ``sub-1_ses-2_desc-icac_mask``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import PurePath

from icac.ct.read import IMAGE_KINDS

#: Endings of the segmentations of 3D Slicer.
SEGMENT_ENDINGS = (".seg.nrrd", ".seg.nhdr", ".seg.mha")

#: Endings of image files, longest first, so that those of segmentations are taken off whole.
ENDINGS = tuple(sorted((*SEGMENT_ENDINGS, *IMAGE_KINDS), key=len, reverse=True))

_MASK = (r"rois?|labels?|labelmap|labelfield|masks?|manual(?:ly)?|seg|segs|segmentations?|annotations?|annotated|"
         r"contours?|drawn|gt|truth|ground[-_ ]?truth|dseg|corrected")
_SCAN = r"ncct|cct|ct|image|img|scan|volume|vol|head|brain|hu|0000|anat|data|dicom|dcm"
_NO_CASE = r"prob(?:ability)?|probseg|probmap|resampled|localizer|scout|topogram"

#: "icac" may be the name of the study: it means a region only at the very end of a name, and not as a folder.
_ENDS_AS_MASK = re.compile(rf"(?:^|[-_. ])(?:(?:{_MASK})(?:[-_. ]?\d)?|icac)$", re.IGNORECASE)
_STARTS_AS_MASK = re.compile(rf"^(?:{_MASK})(?:[-_. ]|$)", re.IGNORECASE)
_ENDS_AS_SCAN = re.compile(rf"(?:^|[-_. ])(?:{_SCAN})$", re.IGNORECASE)
_ENDS_AS_NEITHER = re.compile(rf"(?:^|[-_. ])(?:{_NO_CASE})$", re.IGNORECASE)
_MASK_FOLDER = re.compile(rf"(?:{_MASK})(?:tr|ts|[-_ ]?(?:{_MASK}))?", re.IGNORECASE)
_GENERIC_FOLDER = re.compile(rf"(?:(?:{_MASK}|{_SCAN}|icac)s?(?:tr|ts)?|derivatives|sourcedata|rawdata|cases?|"
                             r"patients?|results?|icac[-_ ]results?|predictions?|preds?|output|out|train(?:ing)?|"
                             r"val(?:idation)?|test(?:ing)?)", re.IGNORECASE)

_BIDS_SUBJECT = re.compile(r"sub-[A-Za-z0-9]+")
#: BIDS entities that tell two scans of a subject apart; ``desc``, ``label`` and ``space`` describe derivatives.
_BIDS_SCAN_ENTITIES = ("sub", "ses", "acq", "ce", "rec", "run", "echo", "part")

#: Suffixes of BIDS for images that are no CT and no region of one.
_BIDS_NO_CT = re.compile(r"(T1|T2|PD|T2star|R1|R2|R2star|MT|M0)(w|map)|FLAIR|PDT2|inplaneT[12]|angio|bold|cbv|sbref|"
                         r"phase[12]?|phasediff|magnitude[12]?|fieldmap|epi|dwi|asl|m0scan|pet|swi|UNIT1|defacemask|"
                         r"probseg|localizer|scout", re.IGNORECASE)


class Role(Enum):
    """What a file is."""

    SCAN = "scan"
    MASK = "mask"
    NEITHER = "neither"


@dataclass(frozen=True)
class Named:
    """What the name of a file says.

    Attributes
    ----------
    role : Role
    key : str
        Which case; the same for the scan and the regions of a case. Empty if the name is a generic one.

    """

    role: Role
    key: str


def without_ending(name: str) -> str:
    """Return the name of a file without the ending of its image format; other names as they are."""
    ending = next((ending for ending in ENDINGS if name.lower().endswith(ending)), "")
    return name[:len(name) - len(ending)]


def stem_of(name: str) -> str:
    """Return the name of a file without its ending, of an image format or any other."""
    return without_ending(name) if is_image_name(name) else PurePath(name).stem or name


def is_image_name(name: str) -> bool:
    """Tell whether a file has the ending of an image format."""
    return name.lower().endswith(ENDINGS)


def read_name(path: PurePath) -> Named:
    """Say what an image file is, from its path relative to the folder of all cases."""
    stem = stem_of(path.name)
    if _BIDS_SUBJECT.match(stem):
        return _read_bids_name(stem)
    role = _role(path, stem)
    key = _strip(stem, _ENDS_AS_MASK)
    if role is Role.MASK:
        key = _STARTS_AS_MASK.sub("", key)
    return Named(role, _strip(key, _ENDS_AS_SCAN))


def folder_keys(parts: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the folders that may tell a case, innermost first: all but generic ones."""
    return tuple(part for part in reversed(parts) if not _GENERIC_FOLDER.fullmatch(part))


def subject_of(path: PurePath) -> str:
    """Return the BIDS subject (``sub-1``) in a path, empty if there is none."""
    return next((found[0] for part in path.parts if (found := _BIDS_SUBJECT.match(part))), "")


def bids_role(path: PurePath) -> Role | None:
    """Return what an image file is by its BIDS name; None if it is no such name, or ends as BIDS does not know."""
    stem = stem_of(path.name)
    if not _BIDS_SUBJECT.match(stem):
        return None
    role = _read_bids_name(stem).role
    return None if role is Role.NEITHER and not _BIDS_NO_CT.fullmatch(stem.split("_")[-1]) else role


def bids_labels(path: PurePath) -> tuple[str, str] | None:
    """Return the labels of subject and session that the BIDS name of an image file tells; None if it is no such name.

    What else tells scans of one session apart (``acq``, ``ce``, ``rec``, ``run``...) is added to the session:
    ``sub-1_ses-2_run-3_ct`` is 1 and ``2run3``.
    """
    stem = stem_of(path.name)
    if bids_role(path) is not Role.SCAN:
        return None
    entities = dict(part.split("-", 1) for part in stem.split("_") if "-" in part)
    others = (f"{name}{entities[name]}" for name in _BIDS_SCAN_ENTITIES[2:] if name in entities)
    return entities["sub"], "".join((entities.get("ses", ""), *others))


def _role(path: PurePath, stem: str) -> Role:
    if _ENDS_AS_NEITHER.search(stem):
        return Role.NEITHER
    if ".seg." in path.name.lower() or _ENDS_AS_MASK.search(stem) or _STARTS_AS_MASK.search(stem):
        return Role.MASK
    in_mask_folder = any(_MASK_FOLDER.fullmatch(part) for part in path.parent.parts)
    return Role.MASK if in_mask_folder and not _ENDS_AS_SCAN.search(stem) else Role.SCAN


def _read_bids_name(stem: str) -> Named:
    parts = stem.split("_")
    entities = [part for part in parts if "-" in part]
    suffix = parts[-1] if "-" not in parts[-1] else ""
    key = "_".join(part for part in entities if part.split("-")[0] in _BIDS_SCAN_ENTITIES)
    if suffix.lower() in ("mask", "dseg") or (suffix and _ENDS_AS_MASK.fullmatch(suffix)):
        return Named(Role.MASK, key)
    return Named(Role.SCAN if suffix.lower() in ("", "ct", "cct", "ncct") else Role.NEITHER, key)


def _strip(stem: str, words: re.Pattern[str]) -> str:
    """Take words off the end until none is left."""
    while (shorter := words.sub("", stem)) != stem:
        stem = shorter
    return stem
