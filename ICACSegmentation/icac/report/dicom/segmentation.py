"""The segmentation as DICOM SEG, on the images of the scan itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from highdicom import AlgorithmIdentificationSequence
from highdicom.color import CIELabColor
from highdicom.seg import Segmentation as HighdicomSegmentation
from highdicom.seg import SegmentationTypeValues, SegmentDescription

from icac.report.dicom import codes
from icac.report.dicom.made_by import RESEARCH_ONLY, Origin, equipment, person_name, short
from icac.report.dicom.references import refer_to_files
from icac.report.dicom.segments import DicomSegment, numbered
from icac.report.dicom.source import Source
from icac.report.dicom.terminology import CATEGORY, REGION, SIDES, TYPE
from icac.report.dicom.uids import Uids
from icac.result import SegmentedScan
from icac.result_files import MANUFACTURER

SERIES_NUMBER = 9001


@dataclass(frozen=True, eq=False)
class Segmentation:
    """A segmentation, and where its frames are.

    Attributes
    ----------
    dataset : highdicom.seg.Segmentation
    frames : dict of (int, int) to int
        Number of the segment and of the slice of the series to the number of the frame, from 1.

    """

    dataset: HighdicomSegmentation
    frames: dict[tuple[int, int], int]


def make_segmentation(result: SegmentedScan, labels: np.ndarray, source: Source, segments: list[DicomSegment],
                      origin: Origin, uids: Uids) -> Segmentation:
    """Make the segmentation.

    Parameters
    ----------
    result : SegmentedScan
    labels : numpy.ndarray of int
        Id of the lesion at each pixel of the series, shape (slices, rows, columns).
    source : Source
    segments : list of DicomSegment
    origin : Origin
    uids : Uids

    """
    marked = numbered(labels, segments)
    # Without any ICAC every frame would be empty, and one says as much as all.
    some = bool(marked.any())
    used = slice(None) if some else slice(len(marked) // 2, len(marked) // 2 + 1)
    dataset = HighdicomSegmentation(
        source.images[used], marked[used], SegmentationTypeValues.BINARY,
        [_description(segment, result, origin, uids) for segment in segments],
        series_instance_uid=uids.of("segmentation series"), series_number=SERIES_NUMBER,
        sop_instance_uid=uids.of("segmentation"), instance_number=1, **equipment(result),
        omit_empty_frames=some, content_label="ICAC", content_description=f"ICAC ({RESEARCH_ONLY})",
        content_creator_name=person_name(origin.reviewers[0]) if origin.reviewers else None,
        series_description=f"ICAC segmentation ({RESEARCH_ONLY})")
    frames = _frames(dataset, source)
    refer_to_files(dataset, source)
    return Segmentation(dataset, frames)


def _description(segment: DicomSegment, result: SegmentedScan, origin: Origin, uids: Uids) -> SegmentDescription:
    name = short(f"{MANUFACTURER} {result.model.name}")
    region = codes.coded(REGION)
    if segment.side is not None:
        region.AnatomicRegionModifierSequence = [codes.coded(SIDES[segment.side])]
    return SegmentDescription(
        segment.number, segment.label, codes.coded(CATEGORY), codes.coded(TYPE), origin.algorithm_type,
        AlgorithmIdentificationSequence(name, codes.ARTIFICIAL_INTELLIGENCE, short(result.model.version)),
        tracking_uid=uids.of(segment.label), tracking_id=segment.label, anatomic_regions=[region],
        display_color=CIELabColor.from_rgb(*segment.color))


def _frames(dataset: HighdicomSegmentation, source: Source) -> dict[tuple[int, int], int]:
    """Return where the frames of each segment and slice are, while the dataset refers to slices."""
    shared = dataset.SharedFunctionalGroupsSequence[0]
    frames = {}
    for number, one in enumerate(dataset.PerFrameFunctionalGroupsSequence, start=1):
        identified = (one if "SegmentIdentificationSequence" in one else shared).SegmentIdentificationSequence[0]
        image = one.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID
        frames[int(identified.ReferencedSegmentNumber), source.numbers[image]] = number
    return frames
