"""The voxels of a case that are truly uncertain: those that some of several observers drew, and others did not.

Of such a voxel there is no truth but the share of the observers that drew it. A network that says what it knows gives
it that probability, and the volume that it expects of these voxels is their mean drawn volume, while what lies above a
threshold may be far from it (Bertels et al. 2019, arXiv 1911.02278).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from icac.compare.overlap import Overlap
from icac.ct.masks import TOLERANCE_MM
from icac.errors import InputError
from icac.evaluation.cases.read_case import read_case
from icac.evaluation.measures.case_measures import CaseMeasures, analysed_voxels, logit_of
from icac.logit_histogram import count_shares
from icac.study.row_runs import Predicted
from icac.training.calibration.held_out import ScoredVoxels

#: Words for reports.
DEFINITION = ("Uncertain voxels: those of at least 130 HU that some of the simulated observers of a case drew and "
              "others did not. The true volume of one is the share of the observers that drew it.")


def on_uncertain_voxels(cases: Sequence[CaseMeasures], predicted: Sequence[Predicted]) -> list[CaseMeasures]:
    """Return the measures of cases on their uncertain voxels alone; none if no observers of them are known.

    Parameters
    ----------
    cases : sequence of CaseMeasures
    predicted : sequence of Predicted
        The same cases.

    Raises
    ------
    InputError
        If a file cannot be read.

    """
    of = {case.case: case for case in cases}
    return [found for one in predicted for found in _measured(of[one.files.name], one)]


def _measured(case: CaseMeasures, predicted: Predicted) -> Iterator[CaseMeasures]:
    voxels = ScoredVoxels(predicted.path)
    if voxels.shares is None:
        return
    arrays = read_case(predicted.files)
    if not arrays.frame.matches(voxels.ct.frame, TOLERANCE_MM):
        raise InputError(f"{predicted.files.predicted} does not lie on the voxels of {predicted.path}; delete the "
                         "predictions of this row to make them again.")
    uncertain = voxels.dense & (voxels.shares > 0) & (voxels.shares < 1)
    share, taken = voxels.shares[uncertain].astype(float), arrays.predicted[uncertain]
    assert arrays.probability is not None, "rows of a study are predicted with probabilities"
    probability = arrays.probability[uncertain].astype(float)
    analysed = analysed_voxels(probability, None)
    yield replace(case, overlap=_overlap(share, taken, case.voxel_volume_mm3),
                  logits=count_shares(logit_of(probability[analysed]), share[analysed]))


def _overlap(share: np.ndarray, taken: np.ndarray, voxel_mm3: float) -> Overlap:
    """Return volumes in which a voxel is ICAC by a share (n,) from 0 to 1, and was taken for it or not, bool (n,)."""
    return Overlap(voxel_mm3 * float(share[taken].sum()), voxel_mm3 * float((1 - share[taken]).sum()),
                   voxel_mm3 * float(share[~taken].sum()))
