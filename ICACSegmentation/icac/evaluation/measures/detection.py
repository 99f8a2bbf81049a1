"""Which true lesions were found, and which predicted lesions are false."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icac.compare.matching import as_labels, covered_lesions
from icac.evaluation.cases.read_case import CaseArrays
from icac.evaluation.measures.territories import Territories
from icac.geometry.box import Box, widen
from icac.lesions.contact import bone_contact
from icac.lesions.measure import NEIGHBOURS


@dataclass(frozen=True)
class DetectedLesion:
    """One lesion of the truth, or one of the prediction that is false.

    Attributes
    ----------
    case : str
    kind : {"found", "missed", "false"}
    side : str
        Of most of its voxels.
    segment : str
        Of most of its voxels, e.g. ``C4``; empty without courses.
    volume_mm3 : float
    voxels : int
    covered_share : float
        Share of its voxels in the other mask, 0 to 1.
    mean_hu, max_hu, bone_contact_share : float or None
        None without CT; bone contact as of :mod:`icac.lesions.contact`.

    """

    case: str
    kind: str
    side: str
    segment: str
    volume_mm3: float
    voxels: int
    covered_share: float
    mean_hu: float | None
    max_hu: float | None
    bone_contact_share: float | None


def detect_lesions(case: str, arrays: CaseArrays, territories: Territories,
                   min_overlap: float = 0.0) -> tuple[list[DetectedLesion], int]:
    """Match the lesions of a case.

    Parameters
    ----------
    case : str
    arrays : CaseArrays
    territories : Territories
    min_overlap : float
        Share (0 to 1) of a lesion that must be covered; 0 for any voxel.

    Returns
    -------
    lesions : list of DetectedLesion
        All true lesions and all false ones of the prediction.
    predicted : int
        Number of predicted lesions.

    """
    truth, _ = _lesions(case, arrays, arrays.truth, arrays.predicted, territories, min_overlap, ("found", "missed"))
    predicted, count = _lesions(case, arrays, arrays.predicted, arrays.truth, territories, min_overlap,
                                ("true", "false"))
    return truth + [lesion for lesion in predicted if lesion.kind == "false"], count


def _lesions(case: str, arrays: CaseArrays, mask: np.ndarray, other: np.ndarray, territories: Territories,
             min_overlap: float, kinds: tuple[str, str]) -> tuple[list[DetectedLesion], int]:
    labels, lesions = as_labels(mask), []
    for lesion in covered_lesions(labels, other):
        side, segment = territories.keys[np.bincount(territories.of_voxels(lesion.index_zyx)).argmax()]
        lesions.append(DetectedLesion(
            case, kinds[0] if lesion.is_found(min_overlap) else kinds[1], side.value, segment.name if segment else "",
            lesion.voxels * arrays.frame.voxel_volume_mm3, lesion.voxels, lesion.covered / lesion.voxels,
            *_density(arrays, labels, lesion.number, lesion.box)))
    return lesions, len(lesions)


def _density(arrays: CaseArrays, labels: np.ndarray, number: int,
             box: Box) -> tuple[float | None, float | None, float | None]:
    """Return mean and highest HU and bone contact of a lesion."""
    if arrays.hu is None:
        return None, None, None
    box = widen(box, NEIGHBOURS, labels.shape)
    inside, hu = labels[box] == number, arrays.hu[box]
    return float(hu[inside].mean(dtype=float)), float(hu[inside].max()), bone_contact(inside, hu, arrays.frame)
