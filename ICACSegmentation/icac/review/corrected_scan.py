"""A corrected result as a segmented scan, for whatever writes one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from icac.ct import CTScan
from icac.lesions import measure_burden
from icac.registration import Registration
from icac.report import Report
from icac.report.dicom import Origin
from icac.result import ModelIdentity, SegmentedScan
from icac.review.corrected import algorithm_type

if TYPE_CHECKING:
    from icac.review.session import ReviewSession


def corrected_scan(session: ReviewSession, prediction: Report, scan: CTScan) -> SegmentedScan:
    """Return a corrected result: the lesions that stand, measured as they are now.

    Parameters
    ----------
    session : ReviewSession
    prediction : Report
        Of the prediction.
    scan : CTScan
        The scan that was reviewed, voxel for voxel, which may lie elsewhere: then the courses go with it.

    """
    lesions = tuple(lesion.measured for lesion in session.mask_lesions)
    probability = np.zeros(session.ct.frame.shape, np.float32) if session.probability is None else session.probability
    moved = scan.volume.frame.affine @ session.ct.frame.inverse
    return SegmentedScan(
        scan=scan, labels=session.labels, probability=probability, lesions=lesions,
        burden=measure_burden(lesions, session.ct, probability, session.courses),
        courses={side: course.transformed(moved) for side, course in session.courses.items()},
        registration=Registration(moved @ prediction.reference_to_scan, float("nan"), 0.0, None),
        model=ModelIdentity(prediction.model, prediction.model_version, prediction.model_checksum, prediction.notice),
        device=prediction.device, threshold=session.threshold, warnings=prediction.warnings)


def origin_of(session: ReviewSession) -> Origin:
    """Return how a corrected result came about."""
    names = dict.fromkeys(action.by for action in session.history if action.by)
    return Origin(algorithm_type(session), tuple(names))
