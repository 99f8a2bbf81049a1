"""Which lesions make one segment of a DICOM segmentation: those of a side, each by itself, or all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icac.anatomy import Side
from icac.report.dicom.measured import groups_of
from icac.report.picture.colors import ICAC_COLOR, SIDE_COLORS
from icac.result import SegmentedScan


@dataclass(frozen=True)
class DicomSegment:
    """One segment.

    Attributes
    ----------
    number : int
        From 1.
    label : str
    lesions : frozenset of int
        Ids of its lesions.
    side : Side or None
        None for both.

    """

    number: int
    label: str
    lesions: frozenset[int]
    side: Side | None

    @property
    def color(self) -> tuple[int, int, int]:
        """8-bit RGB."""
        return SIDE_COLORS[self.side] if self.side else ICAC_COLOR


def segments_of(result: SegmentedScan, each: str) -> list[DicomSegment]:
    """Return the segments of a result, one at least.

    Parameters
    ----------
    result : SegmentedScan
    each : str
        What makes a segment, one of :data:`icac.settings.DICOM_SEGMENTS`.

    """
    whole, sides, lesions = groups_of(result)
    groups = {"side": sides, "lesion": lesions}.get(each) or [whole]
    return [DicomSegment(number, group.name, group.ids, group.side) for number, group in enumerate(groups, start=1)]


def numbered(labels: np.ndarray, segments: list[DicomSegment]) -> np.ndarray:
    """Return the number of the segment at each pixel, uint16 of the shape of the labels, 0 outside."""
    number_of = np.zeros(int(labels.max(initial=0)) + 1, np.uint16)
    for segment in segments:
        number_of[[lesion for lesion in segment.lesions if lesion < len(number_of)]] = segment.number
    return number_of[labels]
