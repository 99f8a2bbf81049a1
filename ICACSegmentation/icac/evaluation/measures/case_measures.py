"""Everything that is measured on one case."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from icac.calcium import is_calcium_dense
from icac.compare.overlap import Overlap
from icac.evaluation.cases.acquisition import Acquisition
from icac.evaluation.cases.case_input import CaseInput
from icac.evaluation.cases.read_case import CaseArrays
from icac.evaluation.measures.detection import DetectedLesion, detect_lesions
from icac.evaluation.measures.surface import SurfaceDistances, surface_distances
from icac.evaluation.measures.territories import Territories, Territory
from icac.logit_histogram import count_logits

#: Probabilities are kept this far from 0 and 1, where the logit is infinite.
_EDGE = 1e-9


@dataclass(frozen=True, eq=False)
class CaseMeasures:
    """The measures of one case.

    Attributes
    ----------
    case, split, protocol : str
    voxel_volume_mm3 : float
    overlap : Overlap
    surface : SurfaceDistances
    truth_lesions, found_lesions, predicted_lesions, false_lesions : int
    sides_by : str
        How sides were told: see :class:`icac.evaluation.measures.territories.Territories`.
    truth_by_territory, score_by_territory : dict
        True volume in mm3, and the score for ROC curves: expected volume if there are probabilities, otherwise the
        predicted volume, in mm3.
    logits : numpy.ndarray of uint32 or None
        Histogram (2, bins) of the logits of the analysed voxels (at least 130 HU, probability above 0) by truth;
        None without probabilities.
    expected_mm3 : float or None
        Sum of the probabilities of the analysed voxels x voxel volume; None without probabilities.
    unanalysed_mm3 : float or None
        True ICAC outside the analysed voxels, which no threshold could find; None without probabilities.
    acquisition : Acquisition

    """

    case: str
    split: str
    protocol: str
    voxel_volume_mm3: float
    overlap: Overlap
    surface: SurfaceDistances
    truth_lesions: int
    found_lesions: int
    predicted_lesions: int
    false_lesions: int
    sides_by: str
    truth_by_territory: dict[Territory, float]
    score_by_territory: dict[Territory, float]
    logits: np.ndarray | None
    expected_mm3: float | None
    unanalysed_mm3: float | None
    acquisition: Acquisition = field(default_factory=Acquisition)


def measure_case(case: CaseInput, arrays: CaseArrays,
                 min_overlap: float = 0.0) -> tuple[CaseMeasures, list[DetectedLesion]]:
    """Measure one case; return its measures, and its true and its false lesions.

    Raises
    ------
    InputError
        The report of the case cannot be read.

    """
    voxel = arrays.frame.voxel_volume_mm3
    territories = Territories(case, arrays)
    lesions, predicted = detect_lesions(case.name, arrays, territories, min_overlap)
    kinds = [lesion.kind for lesion in lesions]
    truth_by, predicted_by = territories.volumes_mm3(arrays.truth), territories.volumes_mm3(arrays.predicted)
    logits = expected = unanalysed = None
    if arrays.probability is not None:
        analysed = analysed_voxels(arrays.probability, arrays.hu)
        values = arrays.probability[analysed].astype(float)
        logits = count_logits(logit_of(values), arrays.truth[analysed]).astype(np.uint32)
        expected = float(values.sum() * voxel)
        unanalysed = float(np.count_nonzero(arrays.truth & ~analysed) * voxel)
        predicted_by = territories.volumes_mm3(analysed, arrays.probability)
    measures = CaseMeasures(
        case=case.name, split=case.split, protocol=case.protocol, voxel_volume_mm3=voxel,
        overlap=Overlap.of(arrays.predicted, arrays.truth, voxel),
        surface=surface_distances(arrays.predicted, arrays.truth, arrays.frame),
        truth_lesions=kinds.count("found") + kinds.count("missed"), found_lesions=kinds.count("found"),
        predicted_lesions=predicted, false_lesions=kinds.count("false"), sides_by=territories.source,
        truth_by_territory=truth_by, score_by_territory=predicted_by, logits=logits, expected_mm3=expected,
        unanalysed_mm3=unanalysed, acquisition=arrays.acquisition)
    return measures, lesions


def analysed_voxels(probability: np.ndarray, hu: np.ndarray | None) -> np.ndarray:
    """Return the voxels that probabilities speak of: where the network looked and, if there is a CT, from 130 HU on."""
    looked = probability > 0
    return looked if hu is None else looked & is_calcium_dense(hu)


def logit_of(probability: np.ndarray) -> np.ndarray:
    """Return the logits of probabilities of any shape, finite also at 0 and 1."""
    kept = np.clip(probability, _EDGE, 1 - _EDGE)
    return np.log(kept) - np.log1p(-kept)
