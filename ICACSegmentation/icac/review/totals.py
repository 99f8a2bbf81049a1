"""Sums of the lesions under review, which say what they count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from icac.anatomy import SEGMENTS, Segment, Side
from icac.lesions import Lesion
from icac.review.lesion import ReviewedLesion
from icac.review.status import Status

#: Words for reports and panels: what each total counts.
COUNTED = {
    "accepted": "Lesions that were accepted.",
    "standing": "All lesions that were not rejected: accepted, flagged and not reviewed yet; suggestions only if "
                "accepted. The corrected mask and table hold these. Equal to the total of accepted lesions once every "
                "lesion is accepted or rejected.",
}


@dataclass(frozen=True)
class Amount:
    """How much calcium some lesions have.

    Attributes
    ----------
    lesions : int
    volume_mm3 : float
    agatston : float
        Sum of the Agatston-type scores.
    volume_by_segment_mm3 : dict of Segment to float
        Zeros included.

    """

    lesions: int
    volume_mm3: float
    agatston: float
    volume_by_segment_mm3: dict[Segment, float]

    @classmethod
    def of(cls, lesions: Iterable[Lesion]) -> Amount:
        """Sum some lesions."""
        lesions = list(lesions)
        return cls(len(lesions), float(sum(le.volume_mm3 for le in lesions)), float(sum(le.agatston for le in lesions)),
                   {s: float(sum(le.volume_by_segment_mm3[s] for le in lesions)) for s in SEGMENTS})


@dataclass(frozen=True)
class Total:
    """Some lesions of a scan: both sides together, and each side."""

    both: Amount
    by_side: dict[Side, Amount]

    @classmethod
    def of(cls, lesions: Sequence[Lesion]) -> Total:
        """Sum some lesions."""
        return cls(Amount.of(lesions), {side: Amount.of(le for le in lesions if le.side is side) for side in Side})


@dataclass(frozen=True)
class ReviewTotals:
    """The totals of a review; :data:`COUNTED` says in words what each counts.

    Attributes
    ----------
    accepted, standing : Total
    counts : dict of Status to int
        Number of lesions of each status, zeros included; suggestions that nobody acted on are not among them.

    """

    accepted: Total
    standing: Total
    counts: dict[Status, int]

    @classmethod
    def of(cls, lesions: Sequence[ReviewedLesion]) -> ReviewTotals:
        """Sum the lesions of a review."""
        return cls(
            accepted=Total.of([le.measured for le in lesions if le.status is Status.ACCEPTED]),
            standing=Total.of([le.measured for le in lesions if le.stands]),
            counts={status: sum(le.status is status for le in lesions) for status in Status})
